import { sha256 as checksumOf } from "./files.ts";
import { parseIdx } from "./idx.ts";
import { inWords } from "../errors/in_words.ts";
import { withSize } from "./images.ts";

// Taken here, since a cell may give a meaning of its own to this name.
const { URL } = globalThis;

/** Pictures that are no digits: images [count, 28, 28] in [0, 1]. */
export interface Pictures {
  images: Float32Array;
  /** What each picture shows. */
  names: string[];
  count: number;
}

/** The two files in data/extracts/, as tools/extracts.ts makes them. */
export const EXTRACTS = {
  clothes: {
    file: "clothes-idx3-ubyte",
    sha256: "b4ec5faf06203d541347a12e2291d8290825be20dc7982417f50c558d330a1c9",
    /** Picture i is of kind i % 10: of any ten in a row, one each. */
    names: [
      "T-shirt",
      "trousers",
      "pullover",
      "dress",
      "coat",
      "sandal",
      "shirt",
      "sneaker",
      "bag",
      "boot",
    ],
    count: 200,
  },
  photos: {
    file: "photos-idx3-ubyte",
    sha256: "7e278f17b18b80c560306671c004b8a8dddccf6c10c99dba44cb6464bdc09442",
    names: [
      "Dog",
      "Cat",
      "Owl",
      "Parrot",
      "Fish",
      "Car",
      "Bulb",
      "Sushi",
      "Shuttle",
      "Books",
      "Air Balloon",
      "Astronaut",
      "Brushes",
      "Chameleon",
      "Cocktail",
      "Gamepad",
      "Pancakes",
      "Pencils",
      "Soccer",
      "Sunflower",
    ],
    count: 20,
  },
} as const;

/**
 * 200 pictures of clothes (Fashion-MNIST, ten kinds in turn) or 20 photographs,
 * a dog first, all 28 x 28 and grey; data/README.md says whose they are.
 *
 * @example
 * ```ts
 * const { images, names } = await loadExtract("photos");
 * names[0]; // "Dog"
 * ```
 *
 * @throws {RangeError} for another name.
 * @throws {Deno.errors.InvalidData} when the file is not what was committed.
 */
export async function loadExtract(
  name: keyof typeof EXTRACTS,
): Promise<Pictures> {
  if (typeof name !== "string" || !Object.hasOwn(EXTRACTS, name)) {
    throw new RangeError(
      `Cannot load "${
        inWords(name)
      }": there are "clothes" and "photos"; of your own ` +
        `pictures use loadPictures`,
    );
  }
  const url = new URL(
    `../../data/extracts/${EXTRACTS[name].file}`,
    import.meta.url,
  );
  return verifyExtract(await Deno.readFile(url), name);
}

/** The pictures of one of the two files, if its bytes are those committed. */
export function verifyExtract(
  bytes: Uint8Array,
  name: keyof typeof EXTRACTS,
): Pictures {
  const { file, sha256, names, count } = EXTRACTS[name];
  const checksum = checksumOf(bytes);
  if (checksum !== sha256) {
    throw new Deno.errors.InvalidData(
      `Cannot read "${file}": its checksum is wrong (SHA-256 ${checksum}); ` +
        `fetch it again: git checkout data/extracts`,
    );
  }
  const { data } = parseIdx(bytes, file);
  return {
    images: withSize(
      Float32Array.from(data, (v) => v / 255),
      { height: 28, width: 28, channels: 1 },
    ),
    names: Array.from({ length: count }, (_, i) => names[i % names.length]),
    count,
  };
}
