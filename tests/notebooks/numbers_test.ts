/** Numbers in a notebook's prose are those that its cells measured. */

import assert from "node:assert/strict";
import { notebookNames } from "../../tools/course.ts";
import { ROOT } from "../../tools/system.ts";

interface Cell {
  cell_type: string;
  source: string | string[];
  outputs?: { text?: string[]; data?: Record<string, string[]> }[];
}

/** Sizes of the data and of the network, which all notebooks name. */
const COMMON = ["70,000", "60,000", "10,000", "28,353"];
/** Numbers that come from elsewhere, or are plain arithmetic. */
const KNOWN: Record<string, string[]> = {
  // Mean of the positive half of a normal deviate; between two scores.
  "02_noise": ["0.399", "9.5"],
  "04_fit": [
    ...["0.1007", "0.0989"], // Keras's losses
    ...["3.15", "2.21"], // and versions of Keras and TensorFlow
  ],
  // 784 * 785 weights; notebook 2; what counts as grey.
  "05_evaluate": ["615,440", "0.195", "0.25", "0.75"],
  // 160 clothes, ten times; steps of notebook 4.
  "06_limits": ["1,600", "4,690"],
  // Clipped black, in notebook 2; steps and a score of notebooks 4 and 5; digits
  // and blurs of exercises.
  "09_without_clean": [
    ...["0.195", "4,690", "19.6"],
    ...["200,000", "392,000", "0.75", "1.5", "0.25"],
  ],
  // 60,000 less 5,000 digits; the code of 7 * 7 * 32 numbers; 6.548 / 4.516 and
  // 25 * 4.516 / (10 * 6.548) multiplications; 25 of 10 epochs.
  "08_better": ["55,000", "1,568", "1.45", "1.7", "2.5"],
  "07_compression": ["14.2", "0.84", "0.10"], // notebooks 4 and 5
  // Labels of Figure 10.3; numbers to walk with, in an exercise.
  "10_diffusion": ["2.24", "0.45", "2,000"],
  // Half as many as samples in a second; 4 * 2 ** 9 - 1.
  "12_sound": ["4,000", "2,047"],
  // A ninth; 5.64 / 1.24; steps of notebook 4.
  "13_inside": ["0.11", "4.5", "4,690"],
};
/** Measured numbers whose distance the text gives: a gain, a loss, a lead. */
const DISTANCES: Record<string, [number, number][]> = {
  "02_noise": [[9.731, 9.372], [9.433, 9.362]],
  "05_evaluate": [
    [19.583, 17.711],
    [17.711, 14.182],
    [19.583, 19.504],
    [94.93, 93.35], // read right with a denoiser, and without
    [18.39, 18.21], // five networks, and the best of them
  ],
  "06_limits": [
    [13.502, 5.976], // Table 6.1, linear map
    [13.611, 5.976], // and the network
    [14.55, 13.234], // Table 6.2, blur of sigma 2
    [17.573, 15.164], // Table 6.5, linear map
    [11.261, 9.068], // Table 6.6: dog, photographs, clothes
    [10.566, 9.155],
    [14.099, 9.331],
    [17.175, 14.171], // Table 6.8: clothes, and against the blur
    [17.175, 15.307],
    [14.28, 10.566], // photographs
    [19.602, 17.174], // digits
    [18.109, 15.772], // Table 6.9: photons, their blur and roots
    [16.358, 15.772],
    [18.109, 17.78],
  ],
  "07_compression": [
    [24.59, 23.63], // Table 7.1: networks and PCA
    [21.07, 20.29],
    [18.56, 15.11],
    [14.4, 12.81],
    [26.441, 23.087],
    [15.19, 9.37], // Table 7.4, PCA; the denoiser
    [19.58, 9.37],
  ],
  "08_better": [
    [5.64, 0.65], // Table 8.1: residual, and the linear end
    [20.154, 19.583], // Table 8.2: U-Net, tutorial's, control, linear map
    [20.074, 19.583],
    [20.154, 20.074],
    [20.154, 17.711],
  ],
  "09_without_clean": [
    [17.48, 16.48], // Table 9.4: clean targets, a blind spot
    [16.48, 15.82], // and total variation
  ],
  "12_sound": [
    [7.87, 5], // Table 12.1: low-pass, Wiener by frequency, by cell
    [10.63, 5],
    [16.17, 5],
    [18.25, 16.17], // true powers
    [16.81, 16.17], // Table 12.2: network on the spectrogram, on the samples
    [16.81, 11.03],
    [16.17, 11.03],
    [17.04, 16.34], // Table 12.4, square wave
  ],
  "13_inside": [
    [16.65, 15.37], // Table 13.3: after 200 steps, beside the blur
    [19.65, 16.65], // and the network of notebook 4
    [16.82, 16.59], // Table 13.6, without relu
  ],
};

function textOf(lines: string | string[] = ""): string {
  return [lines].flat().join("");
}

/** Decimals of two digits or more, and whole numbers with a comma. */
function numbersIn(text: string): string[] {
  const prose = text.replace(
    /\]\([^)]*\)|(?:Table|Figure)\s\d+\.\d|arXiv:\S+|doi:\S+|`[^`]*`/g,
    "",
  );
  return (prose.match(/(?<![\w.])\d{1,3}(?:,\d{3})+|(?<![\w.])\d+\.\d+/g) ?? [])
    .filter((number) => number.replace(/^0\.0*|[.,]/g, "").length >= 2);
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

/** How many digits or steps the code sets, `12_800`, as prose has it: 12,800. */
function countsIn({ source }: Cell): string[] {
  const code = textOf(source).replace(/\/\/.*|"[^"]*"/g, "");
  return (code.match(/(?<![\w.])\d{1,3}(?:_\d{3})+/g) ?? [])
    .map((number) => number.replaceAll("_", ","));
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
    const distances = (DISTANCES[name] ?? []).map(([a, b]) => {
      for (const one of [a, b]) {
        assert.ok(isMeasured(one.toFixed(3), measured), `${one}`);
      }
      return a - b;
    });
    const [code, prose] = ["code", "markdown"].map((type) =>
      cells.filter(({ cell_type }) => cell_type === type)
    );
    const counts = [...COMMON, ...code.flatMap(countsIn)];
    const unknown = prose.flatMap(({ source }) => numbersIn(textOf(source)))
      .filter((number) =>
        !isMeasured(number, [...measured, ...distances]) &&
        ![...counts, ...KNOWN[name] ?? []].includes(number)
      );
    assert.deepEqual(unknown, []);
  });
}
