/** Bundles the page "Try it": its program, and what it carries. */

import { deflateSync } from "node:zlib";
import * as esbuild from "esbuild";
import { loadMnist } from "../../lib/mod.ts";
import { ROOT } from "../system.ts";

/** Digits of the test set to choose from, and training digits to train on. */
const TEST = 200, TRAIN = 1_000;

async function bundle(name: string, define: Record<string, string> = {}) {
  const { outputFiles: [{ text }] } = await esbuild.build({
    entryPoints: [`${ROOT}tools/try_page/${name}.ts`],
    ...{ bundle: true, write: false, minify: true, define },
    ...{ format: "iife", platform: "browser", charset: "utf8" },
    alias: { "@tensorflow/tfjs": `${ROOT}tools/try_page/tfjs.ts` },
    logLevel: "silent",
  });
  return text;
}

/** The page's program, a classic script that holds its worker's as a text. */
export async function bundleProgram(): Promise<string> {
  try {
    const worker = await bundle("worker");
    return await bundle("page", { WORKER: JSON.stringify(worker) });
  } finally {
    await esbuild.stop();
  }
}

/** What the page's program reads: a network of tfjs's layers format, and digits. */
export async function packData(
  { modelTopology, weightsManifest: [{ weights: specs }] }: {
    modelTopology: object;
    weightsManifest: { weights: object[] }[];
  },
  weights: Uint8Array,
): Promise<string> {
  const { train, test } = await loadMnist({ train: TRAIN, test: TEST });
  const pack = (images: Float32Array) =>
    deflateSync(Uint8Array.from(images, (x) => Math.round(255 * x)))
      .toString("base64");
  return JSON.stringify({
    ...{ topology: modelTopology, specs, weights: weights.toBase64() },
    ...{ train: pack(train.images), test: pack(test.images) },
  });
}
