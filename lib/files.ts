/** Files that are whole or not there. */

import { createHash } from "node:crypto";

/** SHA-256 of bytes, as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Writes aside, waits until it is on the disk, and renames: whoever reads `path`
 * sees what was there before, or all of `bytes`, even after a power cut.
 */
export async function writeWhole(path: string, bytes: Uint8Array) {
  const aside = `${path}.part`;
  {
    using file = await Deno.open(aside, {
      write: true,
      create: true,
      truncate: true,
    });
    for (let done = 0; done < bytes.length;) {
      done += await file.write(bytes.subarray(done));
    }
    await file.sync();
  }
  await Deno.rename(aside, path);
}
