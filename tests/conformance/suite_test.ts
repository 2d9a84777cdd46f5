/** tfjs-core's own tests: on the cpu backend, and on ours with 1 to 3 threads. */

import assert from "node:assert/strict";
import { bundleSuite } from "./bundle.ts";
import { capture } from "../../tools/system.ts";

/** Two of the tests ask for a backend called "cpu", and run only there. */
const EXPECTED = { "cpu": 4226, "wasm-threads": 4224 };

const bundle = await Deno.makeTempFile({ suffix: ".mjs" });
await bundleSuite(bundle);
globalThis.addEventListener("unload", () => Deno.removeSync(bundle));

for (
  const [backend, threads] of [
    ["cpu", 1],
    ["wasm-threads", 1],
    ["wasm-threads", 2],
    ["wasm-threads", 3],
  ] as const
) {
  Deno.test(`tfjs-core's tests on ${backend}, threads: ${threads}`, async () => {
    const { stdout } = await capture(Deno.execPath(), [
      "run",
      "-A",
      bundle,
      backend,
      `${threads}`,
    ], { env: { NO_COLOR: "1" } });
    const output = stdout;
    const last = output.trimEnd().split("\n").at(-1);
    const expected = `${EXPECTED[backend]} passed, 0 failed, 5 pending`;
    assert.equal(last, expected, output.slice(-4_000));
  });
}
