/** Files that are whole or not there. */

import { createHash } from "node:crypto";

/** SHA-256 of bytes, as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What the system says of a place, and how to mend it. */
const STATES: Record<string, string> = {
  ENOSPC: "the disk is full; make room there",
  EDQUOT: "your share of the disk is used up; make room there",
  EROFS: "nothing can be written there; copy the course to a folder of yours",
  EACCES: "you may not write there; copy the course to a folder of yours",
};

/**
 * Runs `write`, which makes something at `path`.
 *
 * @throws {Error} that says what is wrong with that place, and how to mend it.
 */
export async function writing<T>(
  path: string,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const { code = "", message } = cause as Error & { code?: string };
    const state = STATES[code] ?? message;
    throw new Error(
      `Cannot write "${path}": ${state}; what was saved before is still there`,
      { cause },
    );
  }
}

/**
 * Writes aside, waits until it is on the disk, and renames: whoever reads `path`
 * sees what was there before, or all of `bytes`, even after a power cut.
 *
 * @throws {Error} when it cannot be written; then nothing is left aside.
 */
export function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const aside = `${path}.part`;
  return writing(path, async () => {
    const options = { write: true, create: true, truncate: true };
    using file = await Deno.open(aside, options);
    try {
      for (let done = 0; done < bytes.length;) {
        done += await file.write(bytes.subarray(done));
      }
      await file.sync();
      await Deno.rename(aside, path);
    } catch (error) {
      await Deno.remove(aside).catch(() => {}); // the first error counts
      throw error;
    }
  });
}

/**
 * Writes a value as JSON, whole or not at all.
 *
 * @example
 * ```ts
 * await saveJson("../data/run/history.json", { floor, history });
 * ```
 *
 * @throws {Error} when it cannot be written; what was there before still is.
 */
export function saveJson(path: string, value: unknown): Promise<void> {
  return writeWhole(path, new TextEncoder().encode(JSON.stringify(value)));
}
