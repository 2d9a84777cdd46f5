/** Formatting, lint, types, and the tests that need no Jupyter: `deno task check`. */

import { checkNotebooks } from "./check_notebooks.ts";
import { notebookNames, solutionNames } from "./course.ts";
import { run } from "./system.ts";
import { runTask } from "./task.ts";

await runTask(async () => {
  const deno = Deno.execPath();
  await run(deno, ["fmt", "--check"]);
  await run(deno, ["lint"]);
  await run(deno, ["check"]);
  const notebooks = await notebookNames();
  await checkNotebooks([...notebooks, ...await solutionNames(notebooks)]);
  await run(deno, [
    "test",
    "-A",
    "--parallel",
    "tests",
    "--ignore=tests/conformance,tests/endurance,tests/faults,tests/keras,tests/notebooks,tests/package,tests/systems," +
    "tests/what_is_left_test.ts",
  ]);
});
