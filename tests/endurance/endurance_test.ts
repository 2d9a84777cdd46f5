/**
 * A thousand starts and stops, and a minute of mixed trainings, leave nothing
 * over; for hours of them see soak.ts.
 */

import assert from "node:assert/strict";
import { capture, ROOT } from "../../tools/system.ts";

for (const [program, amount] of [["cycles", 1_000], ["soak", 1]] as const) {
  Deno.test(`${program} ${amount}: memory and threads stay as they were`, async () => {
    const path = `tests/faults/${program}.ts`;
    const { stdout, stderr } = await capture(Deno.execPath(), [
      "run",
      "-A",
      "--v8-flags=--expose-gc",
      path,
      `${amount}`,
    ], { cwd: ROOT });
    assert.match(stdout, /: flat\n$/, stdout + stderr);
    if (/SKIPPED/.test(stderr)) console.error(stderr);
  });
}
