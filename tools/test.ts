/** Everything that CI runs, set-up included: `deno task test`. */

import { FAST, run, setUp } from "./setup.ts";

const deno = Deno.execPath();
await setUp();
await run(deno, ["run", "-A", "tools/check.ts"]);
const slow = ["tests/conformance", "tests/faults", "tests/notebooks"];
await run(deno, ["test", "-A", ...slow]);
// Once more what WebAssembly computes, with the flags of the course's kernel.
const computing = [
  "tests/backend",
  "tests/conformance/suite_test.ts",
  "tests/parity_test.ts",
  "tests/train_test.ts",
];
await run(deno, ["test", "-A", ...computing], FAST);
