/** Bundles the programs of those pages that run one, and what they carry. */

import { deflateSync } from "node:zlib";
import * as esbuild from "esbuild";
import { loadMnist } from "../lib/mod.ts";
import { ROOT } from "./system.ts";

/** Digits of the test set to choose from, and training digits to train on. */
const TEST = 200, TRAIN = 1_000;

async function bundle(path: string, define: Record<string, string> = {}) {
  const { outputFiles: [{ text }] } = await esbuild.build({
    entryPoints: [`${ROOT}tools/${path}`],
    ...{ bundle: true, write: false, minify: true, define },
    ...{ format: "iife", platform: "browser", charset: "utf8" },
    alias: { "@tensorflow/tfjs": `${ROOT}tools/try_page/tfjs.ts` },
    logLevel: "silent",
  });
  return text;
}

/** The program of "Try it", a classic script that holds its worker's as a text. */
export async function bundleTryPage(): Promise<string> {
  try {
    const worker = await bundle("try_page/worker.ts");
    return await bundle("try_page/page.ts", { WORKER: JSON.stringify(worker) });
  } finally {
    await esbuild.stop();
  }
}

/** The program of the page "Search", a classic script. */
export async function bundleSearchPage(): Promise<string> {
  try {
    return await bundle("search_page.ts");
  } finally {
    await esbuild.stop();
  }
}

/** What the program of "Try it" reads: a network of tfjs's layers format, and digits. */
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
