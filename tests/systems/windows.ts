/**
 * Runs the tests with Deno for Windows, on a Linux machine, under Wine:
 *
 *     deno task test:windows [FILE…]
 *
 * As root, on x86-64. The first time makes a Debian with Wine in `.systems/`.
 */

import { readArguments } from "../../tools/arguments.ts";
import { runTask } from "../../tools/task.ts";
import { COPY, denoForWindows, prepare } from "./wine.ts";

/** Folders of tests that are not run, and files of them that are run all the same. */
const LEFT_OUT = ["conformance", "faults", "notebooks", "package", "systems"];
const FILES = [
  "tests/faults/mutations_test.ts",
  "tests/faults/wrong_calls_test.ts",
  "tests/systems/kernel_windows_test.ts",
];

/** What is not run here, and why. */
const NOT_TRIED = [
  "a real Windows: Wine stands for it, with its own files, programs and console",
  "ARM64 Windows, and other versions of Deno than this one",
  "Windows' own Python, since no package registry has one: Linux's stands for it, behind a python.exe of the tests' own",
  "Jupyter, JupyterLab and so the notebooks; the kernel itself runs, and a front end of the tests' own talks to it",
  "VS Code",
  'packages in node_modules ("nodeModulesDir": "auto"): Wine cannot make the links that Deno makes there',
  "Ctrl-C in Windows' console; what Ctrl-C calls is tested elsewhere",
  "OneDrive, virus scanners: files that they hold are imitated by tests",
  "how fast anything is",
  "README's program in a folder of its own: it fetches its packages there",
  "tests/conformance, tests/notebooks and the rest of tests/faults: they need a browser, Python or Linux",
];

function testFiles(): string[] {
  const below = (folder: string): string[] =>
    [...Deno.readDirSync(`${COPY}/${folder}`)].flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) {
        return LEFT_OUT.includes(entry.name) ? [] : below(path);
      }
      return path.endsWith("_test.ts") ? [path] : [];
    });
  return [...below("tests").sort(), ...FILES];
}

/** Runs a file of tests; returns how many of them passed. */
async function test(file: string) {
  const start = performance.now();
  // Types are checked by `deno task check`.
  const args = ["test", "-A", "--no-check", "--cached-only", file];
  const { code, output } = await denoForWindows(args);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const count = (what: string) =>
    Number(output.match(new RegExp(String.raw`(\d+) ${what}`))?.[1] ?? 0);
  const passed = output.match(/^ok \| (\d+) passed/m) ? count("passed") : 0;
  const skipped = count("ignored");
  const isWell = code === 0 && passed + skipped > 0;
  const result = isWell
    ? `${passed} passed${skipped ? `, ${skipped} SKIPPED` : ""}`
    : "FAILED";
  console.log(`${file}  ${result}  ${seconds} s`);
  if (!isWell) console.log(output);
  for (const [line] of output.matchAll(/^SKIPPED: .+$/gm)) console.log(line);
  return { passed, skipped, isWell };
}

await runTask(async () => {
  const { positionals } = readArguments("deno task test:windows [FILE…]", {
    most: Infinity,
  });
  const start = performance.now();
  await prepare();
  const version = await denoForWindows(["--version"]);
  if (version.code !== 0) {
    throw new Error(`Cannot start Deno for Windows:\n${version.output}`);
  }
  const files = positionals.length > 0 ? positionals : testFiles();
  const results: Awaited<ReturnType<typeof test>>[] = [];
  for (const file of files) results.push(await test(file));
  const sum = (kind: "passed" | "skipped") =>
    results.reduce((sum, result) => sum + result[kind], 0);
  const failed = results.filter(({ isWell }) => !isWell).length;
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(
    `\n${sum("passed")} tests passed and ${sum("skipped")} were skipped in ` +
      `${files.length} files, of which ${failed} failed, in ${minutes} min ` +
      `with ${version.output.trim().split("\n")[0]}`,
  );
  console.log(`\nNot tried:\n${NOT_TRIED.map((it) => `- ${it}`).join("\n")}`);
  if (failed > 0) Deno.exit(1);
});
