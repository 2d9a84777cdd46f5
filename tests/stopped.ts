/** A training that a signal ends throws, and that is all right. */

import assert from "node:assert/strict";

/** Waits for the end of a training, which must have been stopped. */
export async function stopped(training: Promise<unknown>) {
  await assert.rejects(training, { name: "AbortError" });
}
