/** Files that are whole or not there. No link to another file is followed. */

import { createHash } from "node:crypto";
import { inWords } from "../errors/in_words.ts";

// Taken here, since a cell may give a meaning of its own to these names.
const { setTimeout, TextEncoder } = globalThis;

/** SHA-256 of bytes, as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const DENIED = "you may not write there; copy the course to a folder of yours";
const HELD = "another program holds it open, such as OneDrive or a virus " +
  "scanner; wait for it or close it, and try again";

/** What the system says about a place, and what to do. */
const STATES: Record<string, string> = {
  ENOSPC: "the disk is full; make room there",
  EDQUOT: "your share of the disk is used up; make room there",
  EROFS: "nothing can be written there; copy the course to a folder of yours",
  EACCES: DENIED,
  EPERM: DENIED,
  EBUSY: HELD,
};

/** Windows says that access is denied where a program holds a file, too. */
const ON_WINDOWS: Record<string, string> = {
  EACCES: `${HELD}; or ${DENIED}`,
  EPERM: `${HELD}; or ${DENIED}`,
};

/** What an error of the system is known by. */
type SystemError = Error & { code?: string };

/**
 * Runs `write`, which makes something at `path`.
 *
 * @throws {Error} that says what is wrong with that place, and what to do.
 */
export async function writing<T>(
  path: string,
  write: () => Promise<T>,
  { os = Deno.build.os }: { os?: typeof Deno.build.os } = {},
): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const { code = "", message } = cause as SystemError;
    const states = os === "windows" ? { ...STATES, ...ON_WINDOWS } : STATES;
    throw new Error(
      `Cannot write "${path}": ${states[code] ?? message}; ` +
        `what was saved before is still there`,
      { cause },
    );
  }
}

/**
 * Milliseconds between tries, five seconds in all: on Windows a file that
 * another program reads cannot be renamed or removed, but it soon can. On other
 * systems it always can, and an error there does not pass by itself.
 */
const WAITS = Deno.build.os === "windows"
  ? [50, 100, 200, 400, 750, 1_500, 2_000]
  : [];

/** Runs `act` again after a while where another program holds its file open. */
export async function patiently<T>(
  act: () => Promise<T>,
  { waits = WAITS }: { waits?: number[] } = {},
): Promise<T> {
  for (const wait of waits) {
    try {
      return await act();
    } catch (error) {
      const { code = "" } = error as SystemError;
      if (!["EACCES", "EPERM", "EBUSY"].includes(code)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return await act();
}

/**
 * Removes a file, or a link and not what it leads to.
 *
 * @throws {Deno.errors.NotFound} when there is none.
 */
export function removeFile(path: string): Promise<void> {
  return patiently(() => Deno.remove(path));
}

/**
 * Writes aside, waits until it is on the disk, and renames: whoever reads `path`
 * sees what was there before, or all of `bytes`, even after a power cut. No link
 * is followed, neither aside nor at `path`.
 *
 * @throws {Error} when it cannot be written; then nothing is left aside.
 */
export function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  return afterOtherFiles(() => writing(path, () => putWhole(path, bytes)));
}

const afterOtherFiles = inTurn();

async function putWhole(path: string, bytes: Uint8Array) {
  const aside = `${path}.part`;
  await removeFile(aside).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  try {
    await writeNew(aside, bytes);
    await patiently(() => Deno.rename(aside, path));
  } catch (error) {
    await Deno.remove(aside).catch(() => {}); // the first error counts
    throw error;
  }
}

/** Writes a file that was not there: a link would be somebody else's file. */
async function writeNew(path: string, bytes: Uint8Array) {
  using file = await Deno.open(path, { write: true, createNew: true });
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
  await file.sync();
}

/**
 * Runs what it is given one after the other, in the order in which it was asked:
 * two who write to one place at once would find each other's half-written files.
 */
export function inTurn(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const done = last.then(act, act);
    last = done;
    return done;
  };
}

/**
 * Looks whether this may be the path of a file or folder.
 *
 * @throws {TypeError} when it is no text, or an address.
 */
export function checkPath(
  action: string,
  path: unknown,
  kind: "file" | "folder",
): asserts path is string {
  const example = kind === "file" ? "run/history.json" : "run/model";
  const state = typeof path !== "string" || path === ""
    ? `it is no path of a ${kind}, as text`
    : /^[a-z]{2,}:\/\//i.test(path)
    ? `it is an address and no path of a ${kind}`
    : undefined;
  if (!state) return;
  throw new TypeError(
    `Cannot ${action} "${
      typeof path === "string" ? path : inWords(path)
    }": ${state}; give one such as "../data/${example}"`,
  );
}

/** Bytes that are more than any file of the course, and still fit into memory. */
const MAX_BYTES = 2 ** 31;

/**
 * Reads a file that this program wrote: no link, which may lead anywhere, and no
 * pipe or device, which may have no end.
 *
 * @throws {Deno.errors.NotFound} when there is none.
 * @throws {Deno.errors.InvalidData} when it is something else, or far too large.
 */
export async function readOwn(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { isFile, isSymlink, size } = await Deno.lstat(path);
  const state = isSymlink
    ? "it is a link"
    : !isFile
    ? "it is no file"
    : size > MAX_BYTES
    ? `it has ${size} bytes, more than any file of the course`
    : undefined;
  if (state) {
    throw new Deno.errors.InvalidData(
      `Cannot read "${path}": ${state}; remove it, and train again`,
    );
  }
  return await patiently(() => Deno.readFile(path));
}

/**
 * Writes a value as JSON, whole or not at all. JSON has numbers, texts, true, false
 * and null, in lists and plain objects; what it would change without a word is
 * refused, and named by its place, such as `history[0].loss`.
 *
 * @example
 * ```ts
 * await saveJson("../data/run/history.json", { floor, history });
 * ```
 *
 * @throws {TypeError} when the value holds what would be read as something else.
 * @throws {Error} when it cannot be written; what was there before still is.
 */
export async function saveJson(path: string, value: unknown): Promise<void> {
  checkPath("write", path, "file");
  await writeWhole(path, toJson(path, value));
}

/**
 * The bytes of a value as JSON, for the file at `path`.
 *
 * @throws {TypeError} when the value holds what would be read as something else.
 */
export function toJson(path: string, value: unknown): Uint8Array<ArrayBuffer> {
  // The objects that hold the value which is looked at, from the outermost.
  const holders: { holder: unknown; place: string }[] = [];
  const json = JSON.stringify(value, function (this: unknown, key: string) {
    while (holders.length > 0 && holders.at(-1)!.holder !== this) holders.pop();
    const isListed = Array.isArray(this);
    const above = holders.at(-1)?.place ?? "";
    const place = isListed
      ? `${above}[${key}]`
      : above
      ? `${above}.${key}`
      : key;
    // Of a Date, say, JSON itself shows only the text.
    const value = (this as Record<string, unknown>)[key];
    const changed = holders.some(({ holder }) => holder === value)
      ? "is one of those that hold it, so it would never end"
      : whyChanged(value, { isListed });
    if (changed) throw cannotSave(path, place, changed);
    holders.push({ holder: value, place });
    return Object.is(value, -0) ? MINUS_ZERO : value;
  });
  if (json === undefined) throw cannotSave(path, "", `is ${typeof value}`);
  return new TextEncoder().encode(json);
}

/** JSON has it, but JSON.stringify leaves the minus out. */
// deno-lint-ignore no-explicit-any -- TypeScript does not know it yet
const MINUS_ZERO = (JSON as any).rawJSON("-0");

function cannotSave(path: string, place: string, state: string): Error {
  return new TypeError(
    `Cannot write "${path}": ${
      place ? `its "${place}"` : "the value"
    } ${state}; ` +
      `leave it out, or put something in its place that JSON has`,
  );
}

/** What JSON would read back as another value, if anything. */
function whyChanged(
  value: unknown,
  { isListed }: { isListed: boolean },
): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) {
    return `is ${value}, which would become null`;
  }
  if (typeof value === "bigint") return "is a BigInt, which JSON does not have";
  if (typeof value === "function" || typeof value === "symbol") {
    return `is a ${typeof value}, which JSON does not have`;
  }
  // An option that is undefined is read back as one that is left out.
  if (isListed && value === undefined) {
    return "is undefined in a list, which would become null";
  }
  if (typeof value !== "object" || value === null) return;
  if (ArrayBuffer.isView(value)) {
    return "is a typed array, which would become an object; write [...array]";
  }
  if (value instanceof Map || value instanceof Set) {
    return "is a Map or Set, which would become empty; write [...it]";
  }
  const way = Object.keys(WAYS).find((name) =>
    typeof (value as Record<string, unknown>)[name] === "function"
  );
  const kind = Object.getPrototypeOf(value);
  const isPlain = kind === null || kind === Object.prototype ||
    Array.isArray(value);
  if (isPlain && !way) return;
  const tag = inWords(value);
  const name = tag === "Object" ? kind?.constructor.name : tag;
  return (name === "Object" ? "is no plain object" : `is of the kind ${name}`) +
    ", and would be read as something else" +
    (way ? `; ${WAYS[way]}` : "");
}

/** What to write in the place of an object that has such a function. */
const WAYS: Record<string, string> = {
  then: "put await before it",
  toRecords: "write its toRecords()",
  toArray: "write its toArray()",
  toISOString: "write its toISOString()",
  dataSync: "write await tensor.array()",
};
