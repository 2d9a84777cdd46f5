/** Runs beside the page "Try it", so that nothing there freezes: noise, networks, scores. */

import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../../lib/backend/mod.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { Random } from "../../lib/data/random.ts";
import { medianFilter } from "../../lib/scores/baselines.ts";
import { psnr, ssim } from "../../lib/scores/metrics.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";
import type {
  Answer,
  FromWorker,
  Question,
  Scores,
  Setup,
  ToWorker,
} from "./messages.ts";

const EPOCHS = 20, BATCH = 32;
const post = (message: FromWorker) => postMessage(message);

let trained: tf.LayersModel, own: tf.LayersModel, digits: Float32Array;
/** The trained network up to each of its layers, made when it is first asked for. */
const subModels = new Map<number, tf.LayersModel>();
/** The number of trainings begun or stopped: one goes on while it is its own. */
let training = 0;

async function setUp({ topology, specs, weights, digits: bytes }: Setup) {
  // Only an isolated page may have threads; others would be warned.
  const threads = globalThis.crossOriginIsolated ? undefined : 1;
  await useBackend(undefined, { threads });
  const artifacts = { modelTopology: topology, weightSpecs: specs };
  trained = await tf.loadLayersModel(
    tf.io.fromMemory({ ...artifacts, weightData: weights }),
  );
  own = buildAutoencoder({ seed: 1 });
  digits = Float32Array.from(bytes, (byte) => byte / 255);
  const names = trained.layers.map((layer) =>
    `${layer.getClassName()}, ${layer.outputShape.slice(1).join(" × ")}`
  );
  post({ kind: "ready", layers: names });
}

/** The same noise as in the notebooks, or of another kind. */
function noisyOf({ clean, noise, factor, seed }: Question): Float32Array {
  const random = new Random(seed);
  if (noise === "gaussian") return addNoise(clean, { factor, random });
  if (noise === "salt") {
    return clean.map((x) =>
      random.uniform() < factor / 2 ? Number(random.uniform() < 0.5) : x
    );
  }
  if (factor === 0) return clean;
  // The fewer photons, the more noise: the variance is factor² at white.
  const photons = 1 / Math.max(factor, 0.01) ** 2;
  return clean.map((x) =>
    Math.min(1, Math.max(0, poisson(x * photons, random) / photons))
  );
}

/** A Poisson number of this mean, as the count of exponential waits that fit. */
function poisson(mean: number, random: Random): number {
  let count = -1;
  for (let waited = 0; waited <= mean; count++) {
    waited -= Math.log(1 - random.uniform());
  }
  return count;
}

function clean(question: Question): Answer {
  const noisy = noisyOf(question);
  const { layer } = question;
  if (!subModels.has(layer)) {
    const outputs = trained.layers[layer].output as tf.SymbolicTensor;
    subModels.set(layer, tf.model({ inputs: trained.inputs, outputs }));
  }
  const [denoised, byOwn, map] = tf.tidy(() => {
    const x = tf.tensor4d(noisy, [1, 28, 28, 1]);
    return [trained, own, subModels.get(layer)!].map((model) => {
      const answer = model.predict(x) as tf.Tensor;
      const values = answer.dataSync() as Float32Array;
      return { values, shape: answer.shape };
    });
  });
  const images = {
    ...{ noisy, median: medianFilter(noisy) },
    ...{ denoised: denoised.values, own: byOwn.values },
  };
  const scoresOf = (image: Float32Array): Scores => ({
    psnr: psnr(question.clean, image)[0],
    ssim: ssim(question.clean, image)[0],
  });
  return {
    kind: "cleaned",
    images,
    scores: {
      noisy: scoresOf(images.noisy),
      median: scoresOf(images.median),
      denoised: scoresOf(images.denoised),
      own: scoresOf(images.own),
    },
    maps: {
      values: map.values,
      shape: map.shape.slice(1) as [number, number, number],
    },
  };
}

/** Trains a new network on 1,000 digits, and lets questions be answered between steps. */
async function train() {
  own.optimizer?.dispose();
  own.dispose();
  own = buildAutoencoder({ seed: 1 });
  own.compile({ optimizer: tf.train.adam(0.002), loss: "binaryCrossentropy" });
  const count = digits.length / 784, batches = Math.floor(count / BATCH);
  const steps = EPOCHS * batches;
  const number = ++training;
  for (let step = 1; step <= steps && number === training; step++) {
    const from = ((step - 1) % batches) * BATCH * 784;
    const target = digits.slice(from, from + BATCH * 784);
    const input = addNoise(target, { random: new Random(step) });
    const shape: [number, number, number, number] = [BATCH, 28, 28, 1];
    const [x, y] = [tf.tensor4d(input, shape), tf.tensor4d(target, shape)];
    const loss = await own.trainOnBatch(x, y) as number;
    tf.dispose([x, y]);
    post({ kind: "trained", step, steps, loss });
    await new Promise((resolve) => setTimeout(resolve));
  }
}

globalThis.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    if (data.kind === "setup") await setUp(data);
    else if (data.kind === "clean") post(clean(data));
    else if (data.kind === "train") await train();
    else training++;
  } catch (error) {
    post({ kind: "failed", message: String(error) });
  }
};
