/** Numbers in README.md are those of the runs that they are said to be of. */

import assert from "node:assert/strict";
import { ROOT } from "../../tools/system.ts";
import { readFixtures } from "../fixture.ts";
import { gradientCases } from "../numerics/gradient_cases.ts";
import { randomGradientCases } from "../numerics/random_gradients.ts";

const read = (path: string) => Deno.readTextFileSync(`${ROOT}${path}`);
const readme = read("README.md").replaceAll(/\s+/g, " ");

Deno.test("the score of noisy digits is that of notebook 5", () => {
  const notebook = read("notebooks/05_evaluate.ipynb");
  const [, score] = notebook.match(/│ noisy: do nothing ┆ ([\d.]+)/)!;
  const said = `PSNR](notebooks/glossary.md#psnr) of ${
    Number(score).toFixed(2)
  } dB`;
  assert.ok(readme.includes(said), said);
});

Deno.test("times of a step are those of the bench's results", () => {
  const results = read("bench/results/README.md");
  const rows: Record<string, string> = {
    "Keras 3.15 on TensorFlow 2.21": "Keras on TensorFlow",
    "PyTorch 2.13, channels_last": "PyTorch, channels_last",
    "this backend, plain `deno`": "ours, plain flags",
    "this backend, in the course's kernel": "ours",
  };
  for (const [row, contestant] of Object.entries(rows)) {
    const msOf = (name: string) =>
      results.match(
        new RegExp(String.raw`\| autoencoder *\| ${name} *\| ([\d.]+)`),
      )![1];
    const [, ms, held] = readme.match(
      new RegExp(String.raw`\| ${row} *\| ([\d.]+) *\| ([\d.]*)`),
    )!;
    assert.equal(ms, msOf(contestant), row);
    if (held) assert.equal(held, msOf(`${contestant}, held to AVX2`), row);
  }
});

Deno.test("so many gradients are compared with differences", () => {
  const count = gradientCases.length + randomGradientCases(80).length;
  const said = `${count.toLocaleString("en")} gradients with finite`;
  assert.ok(readme.includes(said), said);
});

Deno.test("so many networks are compared with Keras", async () => {
  const { length } = await readFixtures();
  const said = `${length} networks with Keras`;
  assert.ok(readme.includes(said), said);
});
