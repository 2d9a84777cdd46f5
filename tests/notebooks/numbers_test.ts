/** Numbers in a notebook's prose are those that its cells measured. */

import assert from "node:assert/strict";
import { notebookNames } from "../../tools/course.ts";
import { ROOT } from "../../tools/setup.ts";

interface Cell {
  cell_type: string;
  source: string | string[];
  outputs?: { text?: string[]; data?: Record<string, string[]> }[];
}

/** Sizes of the data and of the network, which all notebooks name. */
const COMMON = ["70,000", "60,000", "10,000", "28,353"];
/** Numbers that come from elsewhere, or are plain arithmetic. */
const KNOWN: Record<string, string[]> = {
  "02_noise": ["0.399"], // mean of the positive half of a normal deviate
  "04_fit": [
    ...["0.1007", "0.0989", "0.099", "0.105"], // Keras's losses
    ...["3.15", "2.21"], // and versions of Keras and TensorFlow
    ...["4,690", "0.001"], // 10 * 469 steps; a rate
  ],
  "05_evaluate": ["615,440", "0.195"], // 784 * 785 weights; notebook 2
  "06_limits": ["2,000", "20,000", "1,600"], // digits used; 160 clothes, ten times
  "07_compression": ["14.2"], // notebook 5
  // A network trained elsewhere, to compare with.
  "08_better": ["470,977", "20.9"],
};

function textOf(lines: string | string[] = ""): string {
  return [lines].flat().join("");
}

/** Decimals of three digits or more, and whole numbers with a comma. */
function numbersIn(text: string): string[] {
  const prose = text.replace(/\]\([^)]*\)|arXiv:\S+|doi:\S+|`[^`]*`/g, "");
  return (prose.match(/(?<![\w.])\d{1,3}(?:,\d{3})+|(?<![\w.])\d+\.\d+/g) ?? [])
    .filter((number) => number.replace(/^0\.0*|[.,]/g, "").length >= 3);
}

function outputsOf({ outputs = [] }: Cell): number[] {
  return outputs.flatMap(({ text, data }) => {
    const shown = textOf(text) + textOf(data?.["text/html"])
      .replace(/src="[^"]*"/g, "").replace(/<[^>]*>/g, " ") +
      textOf(data?.["text/plain"]);
    return (shown.match(/-?\d[\d,]*(?:\.\d+)?/g) ?? [])
      .map((number) => Number(number.replaceAll(",", "")));
  });
}

/** Whether a number was measured: one of them rounds to it. */
function isMeasured(number: string, measured: number[]): boolean {
  const [, decimals = ""] = number.split(".");
  const value = Number(number.replaceAll(",", ""));
  const half = 0.5 * 10 ** -decimals.length * 1.0001;
  return measured.some((other) => Math.abs(other - value) <= half);
}

for (const name of await notebookNames()) {
  Deno.test(`${name}: every number in the prose was measured`, async () => {
    const json = await Deno.readTextFile(`${ROOT}notebooks/${name}.ipynb`);
    const cells = JSON.parse(json).cells as Cell[];
    const measured = cells.flatMap(outputsOf);
    const stale = cells.filter(({ cell_type }) => cell_type === "markdown")
      .flatMap(({ source }) => numbersIn(textOf(source)))
      .filter((number) =>
        !isMeasured(number, measured) &&
        ![...COMMON, ...KNOWN[name] ?? []].includes(number)
      );
    assert.deepEqual(stale, []);
  });
}
