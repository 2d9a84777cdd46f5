/** What the pages offer of the networks that notebooks 4, 7 and 10 have trained. */

import { deflateSync } from "node:zlib";
import type * as tf from "@tensorflow/tfjs";
import { useBackend } from "../lib/backend/mod.ts";
import { loadJson } from "../lib/data/files.ts";
import { loadMnist } from "../lib/data/mnist.ts";
import { predict } from "../lib/training/predict.ts";
import { loadModel } from "../lib/training/saved_model.ts";
import { bundlePage, bundleTryPage } from "./bundle.ts";
import { decode } from "./decoder.ts";
import { kerasFile } from "./keras_file.ts";
import type { MapData } from "./map_page.ts";
import type { WalkData } from "./walk_page.ts";

/** Digits of the test set to choose from, and training digits to train on. */
const TEST = 200, TRAIN = 1_000;
/** Test digits that span the map, as in a full notebook 7, and those drawn on it. */
const SPAN = 2_000, DOTS = 500;

/**
 * Writes the network saved in `from` into the folder `network` of the pages, as
 * tfjs's `model.json` with its weights and as `denoiser.h5` for Keras; and into
 * `runs` what the page "Try it" will carry.
 */
export async function writeNetworkFiles(from: string, site: string) {
  const model = JSON.parse(await Deno.readTextFile(`${from}/model.json`));
  const [{ paths: [path] }] = model.weightsManifest;
  const weights = await Deno.readFile(`${from}/${path}`);
  await useBackend("cpu");
  const keras = await kerasFile(await loadModel(from) as tf.Sequential);
  const data = await packData(model, weights);
  const program = await bundleTryPage();
  // Written last: a network that cannot be read leaves no files. The pages look
  // for the weights and for the program, so these come at the end.
  const to = `${site}/network`;
  for (const folder of [to, `${site}/runs`]) {
    await Deno.mkdir(folder, { recursive: true });
  }
  await Deno.copyFile(`${from}/model.json`, `${to}/model.json`);
  await Deno.writeFile(`${to}/denoiser.h5`, keras);
  await Deno.writeFile(`${to}/${path}`, weights);
  await Deno.writeTextFile(`${site}/runs/try.json`, data);
  await Deno.writeTextFile(`${site}/runs/try.js`, program);
}

/** Greys in [0, 1], which may lie a little outside, as bytes: zlib in base64. */
function pack(pixels: Float32Array): string {
  return deflateSync(Uint8ClampedArray.from(pixels, (x) => 255 * x))
    .toString("base64");
}

/** What the program of "Try it" reads: a network of tfjs's layers format, and digits. */
async function packData(
  { modelTopology, weightsManifest: [{ weights: specs }] }: {
    modelTopology: object;
    weightsManifest: { weights: object[] }[];
  },
  weights: Uint8Array,
): Promise<string> {
  const { train, test } = await loadMnist({ train: TRAIN, test: TEST });
  return JSON.stringify({
    ...{ topology: modelTopology, specs, weights: weights.toBase64() },
    ...{ train: pack(train.images), test: pack(test.images) },
  });
}

/**
 * Writes into `runs` what the page "Map" will carry: the decoder of the network of
 * two numbers saved in `from`, and where test digits lie.
 */
export async function writeMapFiles(from: string, site: string) {
  await useBackend("cpu");
  const { layers: [encoder, decoder] } = await loadModel(from);
  const { test } = await loadMnist({ train: 1, test: SPAN });
  const codes = await predict(encoder as tf.LayersModel, test.images);
  const sorted = [0, 1].map((k) =>
    codes.filter((_, i) => i % 2 === k).toSorted()
  );
  const shareOf = (i: number, k: number) =>
    Math.round(1_000 * sorted[k].indexOf(codes[2 * i + k]) / SPAN) / 10;
  const base64Of = (numbers: Float32Array) =>
    new Uint8Array(numbers.buffer).toBase64();
  const weights = decoder.getWeights()
    .map((weight) => Float32Array.from(weight.dataSync()));
  const layers = weights.flatMap((kernel, i) =>
    i % 2 === 0 ? [{ kernel, bias: weights[i + 1] }] : []
  );
  const code = [...codes.slice(0, 2)];
  const answer = await predict(
    decoder as tf.LayersModel,
    Float32Array.from(code),
  );
  const drawn = decode(layers, code);
  if (!drawn.every((value, i) => Math.abs(value - answer[i]) < 1e-4)) {
    throw new Error(
      "its decoder is not what the map can draw: dense layers with relu, and " +
        "sigmoid at the end",
    );
  }
  const data: MapData = {
    layers: layers.map(({ kernel, bias }) => ({
      ...{ kernel: base64Of(kernel), bias: base64Of(bias) },
    })),
    sorted: [base64Of(sorted[0]), base64Of(sorted[1])],
    dots: Array.from({ length: DOTS }, (_, i) => ({
      ...{ first: shareOf(i, 0), second: shareOf(i, 1) },
      label: test.labels[i],
    })),
  };
  const program = await bundlePage("map");
  await Deno.writeTextFile(`${site}/runs/map.json`, JSON.stringify(data));
  await Deno.writeTextFile(`${site}/runs/map.js`, program);
}

/**
 * Writes into `runs` what the page "Ten walks" will carry: the walks from noise to
 * digits that notebook 10 saved in the folder `from`.
 */
export async function writeWalkFiles(from: string, site: string) {
  const { levels, path }: { levels: number[]; path: number[][] } =
    await loadJson(`${from}/ten-walks.json`);
  const pixels = 28 * 28, count = path[0].length / pixels;
  const fits = path.length > 1 && levels.length === path.length + 1 &&
    Number.isInteger(count) &&
    path.every(({ length }) => length === count * pixels);
  if (!fits) throw new Error("its walks are not as many steps as noise levels");
  /** Images one after the other [count, 28, 28] as one frame [28, 28 count]. */
  const frameOf = (images: number[]) =>
    Array.from({ length: images.length }, (_, i) => {
      const x = i % (28 * count), y = Math.floor(i / (28 * count));
      return images[Math.floor(x / 28) * pixels + 28 * y + x % 28];
    });
  // As in the notebook: each step goes a part of the way to the network's answer.
  const steps = path.slice(1).map((after, i) => {
    const before = path[i], part = 1 - levels[i + 2] / levels[i + 1];
    const sigma = levels[i + 2];
    return {
      sigma,
      noisy: after.map((x) => (x + sigma) / (1 + 2 * sigma)),
      answer: after.map((x, k) => before[k] + (x - before[k]) / part),
    };
  });
  const packAll = (frames: number[][]) =>
    pack(Float32Array.from(frames.flatMap(frameOf)));
  const data: WalkData = {
    sigmas: steps.map(({ sigma }) => sigma),
    count,
    noisy: packAll(steps.map(({ noisy }) => noisy)),
    answers: packAll(steps.map(({ answer }) => answer)),
  };
  const program = await bundlePage("walk");
  await Deno.writeTextFile(`${site}/runs/walk.json`, JSON.stringify(data));
  await Deno.writeTextFile(`${site}/runs/walk.js`, program);
}
