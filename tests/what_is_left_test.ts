/** `deno test -A` runs what tests the files of lib/; this names the rest. */

import assert from "node:assert/strict";
import { ROOT } from "../tools/system.ts";

/** What other tasks run besides, by its folder. */
const LEFT: Record<string, string> = {
  conformance: "TensorFlow.js's own tests",
  endurance:
    'a thousand starts, trainings side by side ("test:endurance" alone)',
  faults: "killed programs, full disks",
  keras: 'the trained network in Keras ("test:keras" alone)',
  notebooks: "the notebooks in Jupyter and in a browser",
  numerics: "every kernel, gradient and network beside slower ones",
  package: "the backend's package in Node and in a browser",
  slow: "trainings, scores and hundreds of wrong calls",
  systems: "containers and other systems",
  tools: "the tasks",
};

/** Folders whose files hold no tests. */
const WITHOUT_TESTS = ["fixtures"];

Deno.test("each folder of tests/ is run here or named as left", () => {
  const { test } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  const folders = [...Deno.readDirSync(`${ROOT}tests`)]
    .filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  const here = folders.filter((name) => test.include.includes(`tests/${name}`));
  assert.deepEqual(
    [...here, ...Object.keys(LEFT), ...WITHOUT_TESTS].sort(),
    folders.sort(),
  );
  const lines = Object.entries(LEFT).map(([name, what]) =>
    `- ${name}: ${what}`
  );
  console.log(
    `Left to "deno task check", "test", "test:endurance" and "test:keras":\n${
      lines.join("\n")
    }`,
  );
});
