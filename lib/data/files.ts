/** Writes files completely or not at all, and never follows a link. */

import { createHash } from "node:crypto";
import { inWords } from "../errors/in_words.ts";

// Kept from before any cell runs, since a cell may redefine these names.
const { setTimeout, TextDecoder, TextEncoder } = globalThis;

/** SHA-256 of bytes, as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const DENIED = "you may not write there; copy the course to a folder of yours";
const IN_USE = "another program holds it open, such as OneDrive or a virus " +
  "scanner; wait for it or close it, and try again";

/** What an error code of the system means, and what to do about it. */
const STATES: Record<string, string> = {
  ENOSPC: "the disk is full; make room there",
  EDQUOT: "your share of the disk is used up; make room there",
  EROFS: "nothing can be written there; copy the course to a folder of yours",
  EACCES: DENIED,
  EPERM: DENIED,
  EBUSY: IN_USE,
};

/** Windows reports denied access also when another program holds the file open. */
const ON_WINDOWS: Record<string, string> = {
  EACCES: `${IN_USE}; or ${DENIED}`,
  EPERM: `${IN_USE}; or ${DENIED}`,
};

/** An error of the operating system, recognised by its code. */
type SystemError = Error & { code?: string };

/**
 * Runs `write`, which creates a file or folder at `path`.
 *
 * @throws {Error} when it fails; the message says why, and what to do about it.
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
 * Milliseconds to wait between tries, five seconds in total. On Windows a file
 * cannot be renamed or removed while another program reads it, which soon ends.
 * Other systems allow it at any time, so waiting would not help there.
 */
const WAITS_MS = Deno.build.os === "windows"
  ? [50, 100, 200, 400, 750, 1_500, 2_000]
  : [];

/** Runs `act`, and tries again later if another program holds its file open. */
export async function patiently<T>(
  act: () => Promise<T>,
  { waits = WAITS_MS }: { waits?: number[] } = {},
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
 * Removes a file. Of a link only the link itself is removed, not its target.
 *
 * @throws {Deno.errors.NotFound} when there is no such file.
 */
export function removeFile(path: string): Promise<void> {
  return patiently(() => Deno.remove(path));
}

/**
 * Writes to a temporary file, waits until that is on the disk, and renames it to
 * `path`. A reader of `path` sees either the old content or all of `bytes`, even
 * after a power cut. No link is followed, neither there nor at `path`.
 *
 * @throws {Error} when it cannot be written; the temporary file is then removed.
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
    await Deno.remove(aside).catch(() => {}); // report the first error
    throw error;
  }
}

/** Creates a new file; an existing one could be a link to somebody else's file. */
async function writeNew(path: string, bytes: Uint8Array) {
  using file = await Deno.open(path, { write: true, createNew: true });
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
  await file.sync();
}

/**
 * Makes a function that runs actions one at a time, in the order of its calls.
 * Otherwise two writers to the same place could disturb each other's files.
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
 * Checks that a value can be the path of a file or folder.
 *
 * @throws {TypeError} when it is not a text, is empty, or is a web address.
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

/** No file of the course has more bytes than this, and this many fit in memory. */
const MAX_BYTES = 2 ** 31;

/**
 * Reads a file that this program wrote. It refuses links, which may lead anywhere,
 * and pipes and devices, which may never end.
 *
 * @throws {Deno.errors.NotFound} when there is no such file.
 * @throws {Deno.errors.InvalidData} when it is not a file, or is far too large.
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
 * Writes a value as JSON, completely or not at all. JSON has numbers, texts, true,
 * false and null, in lists and plain objects. A value that JSON would silently
 * change is refused; the error names its place, such as `history[0].loss`.
 *
 * @example
 * ```ts
 * await saveJson("../data/run/history.json", { floor, history });
 * ```
 *
 * @throws {TypeError} when the value holds what would be read as something else.
 * @throws {Error} when it cannot be written; a file from before is then kept.
 */
export async function saveJson(path: string, value: unknown): Promise<void> {
  checkPath("write", path, "file");
  await writeWhole(path, toJson(path, value));
}

/**
 * Reads what `saveJson` wrote.
 *
 * @example
 * ```ts
 * const { history } = await loadJson("../data/run/history.json");
 * ```
 *
 * @throws {Error} when there is no such file, or what it holds is not JSON.
 */
// deno-lint-ignore no-explicit-any -- only the caller knows what it saved
export async function loadJson<T = any>(path: string): Promise<T> {
  checkPath("read", path, "file");
  let bytes: Uint8Array;
  try {
    bytes = await readOwn(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(
      `Cannot read "${path}": there is no such file; run the notebook that ` +
        `saves it first`,
      { cause },
    );
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new Error(
      `Cannot read "${path}": it is not JSON; remove it, and run the notebook ` +
        `that saves it again`,
      { cause },
    );
  }
}

/**
 * The bytes of a value as JSON, for the file at `path`.
 *
 * @throws {TypeError} when the value holds what would be read as something else.
 */
export function toJson(path: string, value: unknown): Uint8Array<ArrayBuffer> {
  // The objects that contain the current value, the outermost first.
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
    // Read from its holder: JSON has already turned a Date, for example, into text.
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

/** JSON can write -0, but JSON.stringify leaves out the minus sign. */
// deno-lint-ignore no-explicit-any -- TypeScript does not know rawJSON yet
const MINUS_ZERO = (JSON as any).rawJSON("-0");

function cannotSave(path: string, place: string, state: string): Error {
  return new TypeError(
    `Cannot write "${path}": ${
      place ? `its "${place}"` : "the value"
    } ${state}; ` +
      `leave it out, or put something in its place that JSON has`,
  );
}

/** Why JSON would read back another value, or undefined if it would not. */
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
  // An undefined field is left out, which means the same when it is read back.
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
  const cause = Object.keys(REMEDIES).find((name) =>
    typeof (value as Record<string, unknown>)[name] === "function"
  );
  const kind = Object.getPrototypeOf(value);
  const isPlain = kind === null || kind === Object.prototype ||
    Array.isArray(value);
  if (isPlain && !cause) return;
  const tag = inWords(value);
  const name = tag === "Object" ? kind?.constructor.name : tag;
  return (name === "Object" ? "is no plain object" : `is of the kind ${name}`) +
    ", and would be read as something else" +
    (cause ? `; ${REMEDIES[cause]}` : "");
}

/** What to write instead of an object that has a function of this name. */
const REMEDIES: Record<string, string> = {
  then: "put await before it",
  toRecords: "write its toRecords()",
  toArray: "write its toArray()",
  toISOString: "write its toISOString()",
  dataSync: "write await tensor.array()",
};
