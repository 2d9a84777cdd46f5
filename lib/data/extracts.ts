import { sha256 as checksumOf } from "./files.ts";
import { parseIdx } from "./idx.ts";
import { inWords } from "../errors/in_words.ts";
import { withSize } from "./images.ts";

// Kept from before any cell runs, since a cell may redefine this name.
const { URL } = globalThis;

/** Pictures of things other than digits: images [count, 28, 28] in [0, 1]. */
export interface Pictures {
  images: Float32Array;
  /** What each picture shows. */
  names: string[];
  count: number;
}

/** The two files in data/extracts/, which tools/extracts.ts makes. */
export const EXTRACTS = {
  clothes: {
    file: "clothes-idx3-ubyte",
    sha256: "b4ec5faf06203d541347a12e2291d8290825be20dc7982417f50c558d330a1c9",
    /** Picture i shows kind i % 10, so any ten in a row show each kind once. */
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
 * Loads 200 pictures of clothes (Fashion-MNIST, ten kinds in turn) or 20 photos
 * (first a dog), all 28 x 28 and grey; data/README.md names their authors.
 *
 * @example
 * ```ts
 * const { images, names } = await loadExtract("photos");
 * names[0]; // "Dog"
 * ```
 *
 * @throws {RangeError} when the name is neither of these two.
 * @throws {Deno.errors.InvalidData} when the file differs from the committed one.
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

/** Reads the pictures of one of the two files after checking its checksum. */
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
