/** Everything that CI runs, set-up included: `deno task test`. */

import { kernelEnvironment } from "./flags.ts";
import { setUp } from "./setup.ts";
import { run } from "./system.ts";
import { runTask } from "./task.ts";

await runTask(async () => {
  const deno = Deno.execPath();
  await setUp();
  await run(deno, ["run", "-A", "tools/check.ts"]);
  const slow = [
    "tests/conformance",
    "tests/faults",
    "tests/notebooks",
    "tests/package",
    "tests/systems",
  ];
  await run(deno, ["test", "-A", ...slow]);
  // Once more what WebAssembly computes, with the flags of the course's kernel.
  const computing = [
    "tests/backend",
    "tests/conformance/suite_test.ts",
    "tests/faults/killed_threads_test.ts",
    "tests/numerics",
    "tests/slow/trainings_test.ts",
    "tests/training/predict_test.ts",
    "tests/training/model_test.ts",
    "tests/training/picture_sizes_test.ts",
    "tests/training/train_test.ts",
  ];
  const env = await kernelEnvironment();
  await run(deno, ["test", "-A", "--parallel", ...computing], { env });
});
