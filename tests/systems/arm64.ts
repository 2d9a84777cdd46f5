/**
 * Runs the project on ARM64, as on a Mac with Apple's processor, under an
 * emulator: `deno task test:arm64 [NAME…]`, where names choose steps. It needs
 * Debian or Ubuntu on x86-64 and Linux 6.7 or later, but not root. Times are the
 * emulator's, and tell nothing of a real machine.
 */

import { readArguments } from "../../tools/arguments.ts";
import { ROOT } from "../../tools/system.ts";
import { runTask } from "../../tools/task.ts";
import { hear, prepare } from "./emulator.ts";

/** Files of tests, a step each. */
const TESTS = [
  "tests/backend/network/layers_test.ts",
  "tests/backend/network/run_test.ts",
  "tests/backend/network/stages_test.ts",
  "tests/backend/optimizers/step_test.ts",
  "tests/backend/threads/autotune_test.ts",
  "tests/backend/threads/memory_test.ts",
  "tests/backend/threads/pool_test.ts",
  "tests/data/mnist_test.ts",
  "tests/data/noise_test.ts",
  "tests/data/random_test.ts",
  "tests/numerics/flags_test.ts",
  "tests/tools/flags_test.ts",
  "tests/training/saved_model_test.ts",
  "tests/training/training_folder_test.ts",
];
/** Random cases of all kernels together; 10,000 would take hours. */
const CASES = 400;

// Types are checked by `deno task check`.
const run = ["run", "-A", "--no-check"], test = ["test", "-A", "--no-check"];

/** What this processor runs too; it must print the same. */
const COMPARED: Record<string, string[]> = {
  bits: [...run, "tests/systems/bits.ts"],
  steps: [...run, "tests/numerics/three_steps.ts"],
  training: [...run, "tests/faults/small_problem.ts", "wasm-threads"],
};
const STEPS: Record<string, string[]> = {
  ...COMPARED,
  ...Object.fromEntries(TESTS.map((path) => [path, [...test, path]])),
  property: [...test, "tests/numerics/property_test.ts", "--", `${CASES}`],
  course: [...run, "tools/course.ts", "--quick", "01", "02", "04"],
};

/** What is not run, and why. */
const NOT_TRIED = [
  "a real ARM64 processor: its speed, and the order in which its cores see each other's memory",
  "macOS: its files, its Python, its browser",
  "Jupyter on ARM64: this machine's runs the kernel",
  "kernels, gradients and trainings in tests/numerics and tests/training, for " +
  "which random cases and bits stand; tests/conformance, tests/notebooks and " +
  "the rest of tests/faults: hours",
];

/** Lines of what was said there that nobody said here. */
function difference(there: string, here: string): string {
  if (there === here) return "";
  const known = new Set(here.split("\n"));
  const other = there.split("\n").filter((line) => !known.has(line));
  return `Not what this processor says:\n${other.join("\n") || there}`;
}

await runTask(async () => {
  const { positionals } = readArguments("deno task test:arm64 [NAME…]", {
    most: Infinity,
  });
  const unknown = positionals.find((name) => !(name in STEPS));
  if (unknown) {
    throw new RangeError(
      `Cannot run "${unknown}": steps are ${Object.keys(STEPS).join(", ")}`,
    );
  }
  const names = positionals.length > 0 ? positionals : Object.keys(STEPS);
  const onArm64 = await prepare();
  const failed: string[] = [];
  for (const name of names) {
    const args = STEPS[name], start = performance.now();
    const { code, said, problem } = await onArm64(args);
    const count = said.match(/\d+ passed/)?.[0] ?? "";
    const isWell = code === 0 && count !== "0 passed";
    let wrong = isWell ? "" : `${said}${problem}It ended with ${code}.`;
    if (!wrong && name in COMPARED) {
      const here = await hear(Deno.execPath(), args, { cwd: ROOT });
      wrong = difference(said, here.said);
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`${wrong ? "FAILED" : "ok"}  ${name}  ${count}  ${seconds} s`);
    if (wrong) {
      console.log(wrong);
      failed.push(name);
    }
    for (const [line] of problem.matchAll(/^SKIPPED: .+$/gm)) console.log(line);
  }
  console.log(`\nNot tried:\n${NOT_TRIED.map((it) => `- ${it}`).join("\n")}`);
  if (failed.length > 0) {
    throw new Error(`Failed on ARM64: ${failed.join(", ")}`);
  }
});
