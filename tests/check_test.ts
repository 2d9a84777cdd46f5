import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { check, EXERCISES } from "../lib/check.ts";
import { mean, psnr } from "../lib/metrics.ts";
import { loadMnist } from "../lib/mnist.ts";
import { addNoise } from "../lib/noise.ts";
import { Random } from "../lib/random.ts";

interface Case {
  right: unknown[];
  wrong: [message: RegExp, answer: unknown][];
}

const ROOT = new URL("..", import.meta.url);
const { train, test } = await loadMnist();
const clean = test.images.slice(0, 500 * 784);
const image = (i: number) => test.images.subarray(784 * i, 784 * (i + 1));
const noise = (images: Float32Array, factor = 0.5) =>
  addNoise(images, { factor, random: new Random(2) });

/** Mean images, where label i may count as another and sums may stay sums. */
function meanImages({ images, labels } = train, divisor?: number) {
  const sums = new Float64Array(7_840), counts = new Float64Array(10);
  labels.forEach((label, i) => {
    counts[label]++;
    for (let k = 0; k < 784; k++) sums[784 * label + k] += images[784 * i + k];
  });
  return Float32Array.from(
    sums,
    (sum, k) => sum / (divisor ?? counts[Math.floor(k / 784)]),
  );
}

function read(means: Float32Array, distance: (d: number) => number) {
  return Array.from({ length: 10_000 }, (_, i) => {
    const errors = Array.from({ length: 10 }, (_, digit) => {
      let sum = 0;
      for (let k = 0; k < 784; k++) {
        sum += distance(means[784 * digit + k] - test.images[784 * i + k]);
      }
      return sum;
    });
    return errors.indexOf(Math.min(...errors));
  });
}

/** Indices of the pair of the first 500 that is closest, or second closest. */
function closest(place: number, distance: (d: number) => number): number[] {
  const pairs: [number, number, number][] = [];
  for (let j = 0; j < 500; j++) {
    for (let i = 0; i < j; i++) {
      const a = image(i), b = image(j);
      let sum = 0;
      for (let k = 0; k < 784; k++) sum += distance(a[k] - b[k]);
      pairs.push([sum, i, j]);
    }
  }
  return pairs.sort(([a], [b]) => a - b)[place].slice(1);
}

function network(
  channels: number[],
  { kernelSize = 3, pool = false, side = 28 } = {},
) {
  const model = tf.sequential();
  channels.forEach((filters, seed) => {
    model.add(tf.layers.conv2d({
      filters,
      kernelSize,
      padding: "same",
      inputShape: seed === 0 ? [side, side, 1] : undefined,
      kernelInitializer: tf.initializers.glorotUniform({ seed }),
    }));
  });
  if (pool) model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  return model;
}

/** Mean of clip(factor * z), clipped at 0 and, unless told, at 1. */
const meanOfBlack = (most = 1) => (factor: number) => {
  let sum = 0;
  for (let z = 0.0005; z < 8; z += 0.001) {
    sum += Math.min(most, factor * z) * Math.exp(-z * z / 2) * 0.001;
  }
  return sum / Math.sqrt(2 * Math.PI);
};

const means = meanImages();
const square = (d: number) => d * d;
const dice = new Random(9);
const unclipped = new Random(2);
const loud = clean.map((value) => value + 0.5 * unclipped.normal());
const meansOf = (images: Float32Array) =>
  [0, 1].map((wanted) => mean(images.filter((_, i) => clean[i] === wanted)));
const some = Float64Array.from({ length: 500 }, () => 15 + dice.normal());
const blurred = some.map((score) => score + 0.4 + dice.normal());
const order = Array.from(some.keys()).sort((a, b) => some[b] - some[a]);
const share = some.filter((score, i) => score > blurred[i]).length / 500;
const labels = test.labels.slice(0, 1_000);
const misread = (every: number) =>
  labels.map((label, i) => i % every ? label : (label + 1) % 10);
const [first, second] = [3, 4].map((seed) =>
  addNoise(clean, { factor: 0.2, random: new Random(seed) })
);
const both = first.map((value, i) => (value + second[i]) / 2);
const [one, two, joint] = [first, second, both]
  .map((images) => mean(psnr(clean, images)));
const invert = (images: Float32Array) => images.map((value) => 1 - value);
const mixed = (random: () => Random, factor: (draw: Random) => number) => {
  const draw = new Random(1);
  const images = new Float32Array(1_000 * 784);
  for (let first = 0; first < images.length; first += 784) {
    const image = train.images.subarray(first, first + 784);
    const options = { factor: factor(draw), random: random() };
    images.set(addNoise(image, options), first);
  }
  return images;
};
const oneGenerator = () => {
  const random = new Random(2);
  return () => random;
};
const veil = clean.map((value) => 0.2 + 0.6 * value);

const CASES: Record<string, Case> = {
  "01.1": {
    right: [train.labels.slice(0, 10), Array.from(train.labels.slice(0, 10))],
    wrong: [
      [/labels of test digits/, test.labels.slice(0, 10)],
      [/10 numbers; there are 9/, train.labels.slice(0, 9)],
      [/number 0 is a text/, Array.from(train.labels.slice(0, 10), String)],
      [/^01.1 is not right yet. 8 of the ten/, new Uint8Array(10).fill(4)],
      [/from 0 to 9; 10 is none/, new Uint8Array(10).fill(10)],
    ],
  },
  "01.2": {
    right: [means],
    wrong: [
      [/above 1: is it a sum/, meanImages(train, 1)],
      [/means of test digits/, meanImages(test)],
      [/too dark/, meanImages(train, 60_000)],
      [/10 digits are wrong, the first that of digit 0/, means.toReversed()],
      [/7,840 numbers; there are 784/, means.slice(0, 784)],
    ],
  },
  "01.3": {
    right: [read(means, square)],
    wrong: [
      [/labels themselves/, test.labels],
      [/digits are read as another/, read(means, Math.abs)],
      [/Fewer than one digit in five/, new Uint8Array(10_000)],
    ],
  },
  "01.4": {
    right: [closest(0, square), closest(0, square).reverse()],
    wrong: [
      [/closer pair: .* 1\.\d\d times/, closest(1, square)],
      [/closest to itself/, [7, 7]],
      [/from 0 to 499; 500 is none/, [0, 500]],
    ],
  },
  "02.1": {
    right: [0.45, 0.448],
    wrong: [
      [/still scores better/, 0.44],
      [/already scores worse/, 0.46],
      [/should be a number; it is a text/, "0.5"],
    ],
  },
  "02.2": {
    right: [meansOf(loud), Float32Array.from(meansOf(loud))],
    wrong: [
      [/too high by more than a tenth/, meansOf(noise(clean))],
      [/too low by more than a tenth/, [0.001, 0.8]],
      [/wrong order/, meansOf(loud).reverse()],
      [/Measure it/, [0, 1]],
      [/further off than chance/, [0.05, 1]],
    ],
  },
  "02.3": {
    right: [0.1995],
    wrong: [
      [/Table 2.1/, 0.1954],
      [/factor 1\./, 0.3989],
      [/factor of two/, 0.7979],
      [/too low/, 0.15],
      [/too high/, 0.25],
    ],
  },
  "02.4": {
    right: [meanOfBlack()],
    wrong: [
      [/for factor 0.5 the mean is too high/, meanOfBlack(Infinity)],
      [/For factor 0.05 the mean is wrong/, (f: number) => f / 2],
      [/gives two numbers/, (f: number) => f * dice.uniform()],
      [/without calling it/, meanOfBlack()(0.5)],
      [/no noise at all/, (f: number) => f === 0 ? 0.5 : meanOfBlack()(f)],
      [/For factor 0.7 the answer is NaN/, () => NaN],
    ],
  },
  "03.1": {
    right: [51_264],
    wrong: [
      [/biases are missing/, 51_200],
      [/window is 5 × 5/, 18_496],
      [/each input channel/, 1_664],
      [/output channel/, 51_232],
      [/too few/, 100],
    ],
  },
  "03.2": {
    right: [15],
    wrong: [
      [/as many numbers as the image/, 16],
      [/1,568 numbers, more than/, 32],
      [/The most is asked for/, 8],
      [/whole/, 15.5],
    ],
  },
  "03.3": {
    right: [network([32, 32, 32, 32, 1])],
    wrong: [
      [/kind MaxPooling2D/, network([32, 32, 32, 32, 1], { pool: true })],
      [/There are 4 convolutions/, network([32, 32, 32, 1])],
      [/give 32, 32, 16, 32, 1 channels/, network([32, 32, 16, 32, 1])],
      [/windows of 3 × 3/, network([32, 32, 32, 32, 1], { kernelSize: 5 })],
      [/is the padding `same`/, network([32, 32, 32, 32, 1], { side: 30 })],
      [/should be a model/, 28_353],
    ],
  },
  "03.4": {
    right: [121],
    wrong: [
      [/a side; count/, 11],
      [/Fewer pixels change/, 529],
      [/More pixels change/, 25],
      [/A few more/, 119],
      [/same network/, 784],
      [/changed image/, 0],
    ],
  },
  "04.1": {
    right: [0.12, 0.123],
    wrong: [
      [/A darker grey/, 0.5],
      [/A brighter grey/, 0.1],
      [/between 0 and 1/, 0],
    ],
  },
  "04.2": {
    right: [{ steps: 1_600, small: 0.107, large: 0.185 }],
    wrong: [
      [/100 steps of 8 are 800/, { steps: 100, small: 0.107, large: 0.185 }],
      [/exchanged/, { steps: 1_600, small: 0.185, large: 0.107 }],
      [/below the floor/, { steps: 1_600, small: 0.05, large: 0.107 }],
      [/"steps" is missing/, { small: 0.1, large: 0.2 }],
      [/equal/, { steps: 1_600, small: 0.107, large: 0.107 }],
    ],
  },
  "04.3": {
    right: [{ losses: [0.18, 0.19, 0.21], spread: 0.21 - 0.18 }],
    wrong: [
      [/All losses are equal/, { losses: [0.18, 0.18, 0.18], spread: 0 }],
      [/Two losses/, { losses: [0.18, 0.18, 0.19], spread: 0.01 }],
      [/highest of these/, { losses: [0.18, 0.19, 0.21], spread: 0.02 }],
      [/untrained/, { losses: [0.18, 0.19, 0.69], spread: 0.51 }],
    ],
  },
  "04.4": {
    right: [veil],
    wrong: [
      [/as different as noise is/, noise(clean)],
      [/this network cleans/, clean.map((value) => 0.95 * value)],
      [/too much alike/, clean.map(() => 0.25)],
      [/as if clean/, clean.map((value) => 0.2 + 0.79 * value)],
      [/392,000 numbers; it is a promise: put `await`/, Promise.resolve(veil)],
    ],
  },
  "05.1": {
    right: [{ scores: some, best: order.slice(0, 10) }],
    wrong: [
      [/ten worst/, { scores: some, best: order.slice(-10) }],
      [/dB less than one/, { scores: some, best: order.slice(1, 11) }],
      [/not in order/, { scores: some, best: order.slice(0, 10).reverse() }],
      [/twice/, { scores: some, best: new Uint8Array(10) }],
      [/"best" is missing/, { scores: some }],
      [/one number an image/, {
        scores: some.slice(0, 300),
        best: order.slice(0, 10),
      }],
    ],
  },
  "05.2": {
    right: [{ ours: some, blurred, share }],
    wrong: [
      [/blur is better/, { ours: some, blurred, share: 1 - share }],
      [/per cent/, { ours: some, blurred, share: 100 * share }],
      [/in pairs/, { ours: some, blurred, share: 0.01 }],
      [/clipping undone/, {
        ours: some,
        blurred: blurred.map((score) => score - 3),
        share,
      }],
      [/are equal/, { ours: some, blurred: some, share: 0 }],
      [/one number an image/, {
        ours: some.slice(0, 300),
        blurred: blurred.slice(0, 300),
        share,
      }],
    ],
  },
  "05.3": {
    right: [misread(10)],
    wrong: [
      [/labels themselves/, labels],
      [/750 of 1,000 are read right; a reader/, misread(4)],
      [/Not a third/, misread(1)],
      [/are these clean/, misread(100)],
      [/1,000 numbers; there are 500/, misread(10).slice(500)],
    ],
  },
  "05.4": {
    right: [{ first, second, both, gain: joint - Math.max(one, two) }],
    wrong: [
      [/different seeds/, { first, second: first, both: first, gain: 0 }],
      [/pixel by pixel/, { first, second, both: first, gain: 0 }],
      [/worse of the two/, {
        first,
        second,
        both,
        gain: joint - Math.min(one, two),
      }],
      [/mean of the two/, {
        first,
        second,
        both,
        gain: joint - (one + two) / 2,
      }],
      [/below 12 dB/, {
        first: veil,
        second: noise(clean),
        both: noise(clean).map((value, i) => (value + veil[i]) / 2),
        gain: 0,
      }],
      [/not what these images give/, { first, second, both, gain: 0 }],
      [/`first` should be a list of 392,000/, {
        first: 1,
        second,
        both,
        gain: 0,
      }],
    ],
  },
  "06.1": {
    right: [invert(first)],
    wrong: [
      [/white digits on black/, first],
      [/pixel of -\d\.\d\d, outside/, loud],
      [/holds NaN \(number 0\)/, clean.with(0, NaN)],
      [/doing nothing 9.4/, noise(invert(clean))],
      [/clean images/, invert(clean)],
    ],
  },
  "06.2": {
    right: [mixed(oneGenerator(), (draw) => draw.uniform())],
    wrong: [
      [/about the same noise/, mixed(oneGenerator(), () => 0.5)],
      [/same pattern/, mixed(() => new Random(2), (draw) => draw.uniform())],
      [/much too weak/, mixed(oneGenerator(), (draw) => draw.uniform() / 10)],
      [
        /Image 0 is the first/,
        mixed(oneGenerator(), (draw) => {
          draw.uniform();
          return draw.uniform();
        }),
      ],
    ],
  },
  "06.3": {
    right: [{ before: [23.2, 19.7, 13.6], after: [23.4, 19.5, 14.7] }],
    wrong: [
      [/equal/, { before: [23.2, 19.7, 13.6], after: [23.2, 19.7, 13.6] }],
      [/At factor 1 /, { before: [23.2, 19.7, 13.6], after: [24, 19, 13] }],
      [/Without noise/, { before: [23.2, 19.7, 13.6], after: [21, 19, 14] }],
      [/At factor 0.5/, { before: [23.2, 19.7, 13.6], after: [23, 18, 14] }],
      [/in the order/, { before: [13, 19, 23], after: [23, 19, 14] }],
    ],
  },
  "06.4": {
    right: [{ before: [19.7, 14.2], clothes: [17.3, 17.2], mixed: [19.2, 17] }],
    wrong: [
      [/two students/, {
        before: [19.7, 14.2],
        clothes: [17.3, 17.2],
        mixed: [17.3, 17.2],
      }],
      [/are there digits in its lesson/, {
        before: [19.7, 14.2],
        clothes: [17.3, 17.2],
        mixed: [17.2, 17.1],
      }],
      [/in the order digits, clothes/, {
        before: [14.2, 19.7],
        clothes: [17.2, 17.3],
        mixed: [17, 19.2],
      }],
      [/mixed lesson taught the student nothing/, {
        before: [19.7, 14.2],
        clothes: [17.3, 17.2],
        mixed: [19.7, 14.1],
      }],
    ],
  },
};

Deno.test("every exercise has cases", () => {
  assert.deepEqual(Object.keys(CASES), EXERCISES);
});

for (const [id, { right, wrong }] of Object.entries(CASES)) {
  Deno.test(`${id}: right answers are right, wrong ones are told why`, () => {
    for (const answer of right) {
      assert.equal(check(id, answer).text, `${id} is right.`);
    }
    assert.ok(wrong.length >= 2);
    for (const [message, answer] of wrong) {
      const { right: passed, text } = check(id, answer);
      assert.match(text, message);
      assert.equal(passed, false);
      assert.ok(text.startsWith(`${id} is not right yet. `), text);
      const isNumber = typeof right[0] === "number";
      const told = text.slice(4).replaceAll(",", "").match(/\d[\d.]*/g) ?? [];
      assert.ok(!isNumber || !told.map(Number).includes(right[0] as number));
    }
  });

  Deno.test(`${id}: what is no answer at all is refused`, () => {
    for (const answer of [undefined, null, "text", NaN, {}, [], [NaN]]) {
      const { right: passed, text } = check(id, answer);
      assert.equal(passed, false);
      assert.match(text, /should be|is NaN|of 28|missing/, text);
    }
  });
}

Deno.test("an unknown id is an error that lists the notebook's exercises", () => {
  assert.throws(() => check("02.9", 1), RangeError);
  assert.throws(() => check("02.9", 1), /02 are 02.1, 02.2, 02.3, 02.4$/);
  assert.throws(() => check("2.1", 1), /ids are such as 01.1/);
  assert.throws(() => check("toString", 1), RangeError);
});

Deno.test("a verdict is shown in a cell as HTML and as text", () => {
  // deno-lint-ignore no-explicit-any -- a symbol of Deno's kernel
  const shown = (check("03.4", "<b>") as any)[Symbol.for("Jupyter.display")]();
  assert.match(shown["text/html"], /<strong>03.4 is not right yet\.<\/strong>/);
  assert.match(check("03.4", undefined).html, /<code>undefined<\/code>/);
  assert.equal(check("03.4", 121).text, "03.4 is right.");
});

Deno.test("notebooks and solutions hand over to the checks that there are", () => {
  const folder = new URL("notebooks/", ROOT);
  const names = [...Deno.readDirSync(new URL("solutions/", folder))]
    .map(({ name }) => name).filter((name) => name.endsWith(".ipynb")).sort();
  const idsIn = (path: string, kind: string) =>
    JSON.parse(Deno.readTextFileSync(new URL(path, folder))).cells
      .filter((cell: { cell_type: string }) => cell.cell_type === kind)
      .flatMap((cell: { source: string[] }) =>
        cell.source.join("").match(/(?<=check\(\s*")\d\d\.\d/g) ?? []
      );
  assert.deepEqual(names.flatMap((name) => idsIn(name, "markdown")), EXERCISES);
  assert.deepEqual(
    names.flatMap((name) => idsIn(`solutions/${name}`, "code")),
    EXERCISES,
  );
  for (const name of names) {
    const text = Deno.readTextFileSync(new URL(name, folder));
    assert.ok(text.includes(`(solutions/${name})`), name);
    for (
      const id of EXERCISES.filter((id) => name.startsWith(id.slice(0, 2)))
    ) {
      const item = new RegExp(`${id[3]}\\. ★[^★]*check\\(\\\\"${id}\\\\"`);
      assert.match(text.replaceAll("★★★", "★").replaceAll("★★", "★"), item);
    }
  }
});
