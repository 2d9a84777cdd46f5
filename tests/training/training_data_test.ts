/** What a training is given: what was seen is said, and the reason where it is known. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { oneHot } from "../../lib/data/labels.ts";
import { predict } from "../../lib/training/predict.ts";
import { fit } from "../../lib/training/fit.ts";
import { clean, COUNT, noisy, SIZE, smallModel } from "./small_model.ts";

await useBackend();

// deno-lint-ignore no-explicit-any -- as a notebook's cell may call them
type Unchecked = any;

const bytes = clean.map((value) => Math.round(255 * value));
const tanh = clean.map((value) => 2 * value - 1);

const REFUSED: [string, Unchecked, Unchecked, RegExp][] = [
  ["bytes as inputs", bytes, clean, /whole numbers up to 255.*by 255/],
  ["bytes as targets", noisy, bytes, /whole numbers up to 255.*by 255/],
  ["a Uint8Array", Uint8Array.from(bytes), clean, /"Uint8Array".*by 255/],
  ["a list", [...noisy], clean, /"Array" as noisy.*Float32Array\.from/],
  ["a tensor", tf.tensor(noisy), clean, /await tensor\.data\(\)/],
  ["nothing", noisy, undefined, /"undefined" as clean images: it must be a Fl/],
  [
    "tanh targets of cross-entropy",
    noisy,
    tanh,
    /"binaryCrossentropy" is for targets from 0 to 1; .*"meanSquaredError"$/,
  ],
  ["noisy bytes", noisy.map((x) => 255 * x), clean, /from -10 to 10; scale/],
  ["NaN", noisy.with(17, NaN), clean, /"NaN" \(number 17\).*no finite number/],
  [
    "NaN of a function",
    () => noisy.with(17, NaN),
    clean,
    /"NaN" \(number 17\) in the noisy images of epoch 1: it is no finite/,
  ],
  ["a function of nothing", () => {}, clean, /"undefined" as noisy .*epoch 1/],
  [
    "a function of too few",
    () => noisy.slice(SIZE),
    clean,
    /"39" noisy images of epoch 1 with 40 targets/,
  ],
  [
    "too few targets",
    noisy,
    clean.slice(SIZE),
    /"40" images with 468 numbers.*rows of 12 of rows of 12, so they are 39 targets/,
  ],
  [
    "half an image",
    noisy.slice(1),
    clean,
    /"479".*rows of 12.*no whole number/,
  ],
  ["no images", new Float32Array(), clean, /"0" numbers as noisy images/],
];

for (const [what, inputs, targets, message] of REFUSED) {
  Deno.test(`${what}: refused, and said why`, async () => {
    let steps = 0;
    const onBatch = () => void steps++;
    const attempt = fit(smallModel(), inputs, targets, { onBatch });
    await assert.rejects(attempt, { message });
    assert.equal(steps, 0);
    // Only bytes are said to be bytes.
    const said = await attempt.catch((error) => error.message);
    assert.equal(/255/.test(said), /255/.test(message.source), said);
  });
}

Deno.test("targets between -1 and 1 are right for squared errors", async () => {
  const model = smallModel({ loss: "meanSquaredError" });
  assert.equal((await fit(model, noisy, tanh)).length, 1);
});

Deno.test("1.000001 is rounding, and 1.01 is not", async () => {
  const [rounded, beyond] = [1.000001, 1.01].map((x) => clean.with(3, x));
  assert.equal((await fit(smallModel(), noisy, rounded)).length, 1);
  await assert.rejects(fit(smallModel(), noisy, beyond), /"1.00999.*from 0 to/);
});

Deno.test("noisy images may come later, from an async function", async () => {
  const late = () => Promise.resolve(noisy);
  const options = { epochs: 2 };
  const [a, b] = [smallModel(), smallModel()];
  const rows = await fit(a, late, clean, options);
  const expected = await fit(b, noisy, clean, options);
  assert.equal(rows[1].loss, expected[1].loss);
});

Deno.test("labels are asked for as oneHot, of whatever kind they are", async () => {
  const classifier = () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({
        ...{ units: 10, inputShape: [SIZE], activation: "softmax" },
      })],
    });
    const loss = "categoricalCrossentropy";
    model.compile({ optimizer: "sgd", loss, metrics: ["acc"] });
    return model;
  };
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % 10);
  const learn = fit as Unchecked;
  const kinds = [labels, Float32Array.from(labels), [...labels]];
  for (const given of kinds) {
    await assert.rejects(learn(classifier(), noisy, given), {
      message: /"40" labels as clean.*10 numbers for.*give oneHot\(labels\)/,
    });
  }
  await assert.rejects(learn(classifier(), () => noisy, labels), /oneHot/);
  const [row] = await fit(classifier(), noisy, oneHot(labels));
  assert.ok(row.acc >= 0 && row.acc < 0.6, `${row.acc}`);
});

Deno.test("an embedding takes whole numbers, as many as it has rows", async () => {
  const words = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 200, outputDim: 2, inputLength: SIZE }),
      tf.layers.flatten(),
      tf.layers.dense({ units: SIZE, activation: "sigmoid" }),
    ],
  });
  words.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
  const indices = bytes.map((byte) => byte % 200);
  assert.equal((await fit(words, indices, clean)).length, 1);
  assert.equal((await predict(words, indices)).length, clean.length);
  for (const wrong of [200, -1, 0.5, NaN]) {
    const message = new RegExp(
      `"${wrong}" \\(number 7\\) in .*"embedding.*whole numbers from 0 to 199`,
    );
    const others = indices.with(7, wrong);
    await assert.rejects(fit(words, others, clean), { message });
    await assert.rejects(predict(words, others), { message });
  }
});

Deno.test("zeros and ones of one output are no bytes", async () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [SIZE] })],
  });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const answers = Uint8Array.from({ length: COUNT }, (_, i) => i % 2);
  const attempt = (fit as Unchecked)(model, noisy, answers);
  await assert.rejects(attempt, (error: Error) => {
    assert.match(
      error.message,
      /"Uint8Array" as clean.*use Float32Array\.from\(…\)/,
    );
    assert.doesNotMatch(error.message, /255/);
    return true;
  });
  assert.equal((await fit(model, noisy, Float32Array.from(answers))).length, 1);
});

/** As the course's network, of other pictures. */
function network(side: number, padding: "same" | "valid" = "same") {
  const { maxPooling2d, upSampling2d } = tf.layers;
  const conv2d = (inputShape?: number[]) =>
    tf.layers.conv2d({ filters: 1, kernelSize: 3, padding, inputShape });
  const model = tf.sequential({
    layers: padding === "valid" ? [conv2d([side, side, 1])] : [
      conv2d([side, side, 1]),
      maxPooling2d({ poolSize: 2, padding, name: `half${side}` }),
      maxPooling2d({ poolSize: 2, padding, name: `quarter${side}` }),
      upSampling2d({ size: [2, 2] }),
      upSampling2d({ size: [2, 2], name: `double${side}` }),
      conv2d(),
    ],
  });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  return model;
}

Deno.test("of pictures of 25 x 25 it is said which layers make them 28 x 28", async () => {
  const images = (side: number) => new Float32Array(8 * side * side);
  const learn = (side: number) =>
    fit(network(side), images(side), images(side));
  await assert.rejects(learn(25), {
    message:
      /28 x 28 x 1 of images of 25 x 25 x 1, since its layer "half25" makes 13 of 25, and its layer "double25" ends with 28; pad or resize the pictures to a multiple of 4$/,
  });
  await assert.rejects(
    learn(26),
    /"quarter26" makes 7 of 13, .* multiple of 4/,
  );
  await assert.rejects(
    fit(network(25), () => images(25), images(25)),
    /"half25" makes 13 of 25/,
  );
  await assert.rejects(
    fit(network(28, "valid"), images(28), images(28)),
    /layer "conv.*" makes 26 of 28; give that layer padding: "same"/,
  );
  assert.equal((await learn(24)).length, 1);
  const wrong = images(25).slice(0, 5 * 625);
  await assert.rejects(fit(network(28), wrong, wrong), {
    message: /"3125" numbers as noisy images: .*28 x 28 x 1, 784 numbers each/,
  });
});

Deno.test("predict refuses bytes and what is no number, and takes codes", async () => {
  await assert.rejects(
    predict(smallModel(), bytes),
    /as bytes are; divide them by 255/,
  );
  const broken = noisy.with(5, 33.5).with(9, NaN);
  await assert.rejects(predict(smallModel(), broken), /\(number 9\) in the im/);
  const codes = noisy.map((x) => 50 * x);
  assert.equal((await predict(smallModel(), codes)).length, codes.length);
});
