/**
 * A thousand starts and stops, and a minute of mixed trainings, leave nothing
 * over; for hours of them see soak.ts.
 */

import assert from "node:assert/strict";
import { ROOT } from "../../tools/system.ts";

for (const [program, amount] of [["cycles", 1_000], ["soak", 1]] as const) {
  Deno.test(`${program} ${amount}: memory and threads stay as they were`, async () => {
    const path = `tests/faults/${program}.ts`;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--v8-flags=--expose-gc", path, `${amount}`],
      cwd: ROOT,
    }).output();
    const [said, problem] = [stdout, stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    assert.match(said, /: flat\n$/, said + problem);
    if (/SKIPPED/.test(problem)) console.error(problem);
  });
}
