/** Bundles the programs of those pages that run one. */

import * as esbuild from "esbuild";
import { ROOT } from "./system.ts";

async function bundle(path: string, define: Record<string, string> = {}) {
  try {
    const { outputFiles: [{ text }] } = await esbuild.build({
      entryPoints: [`${ROOT}tools/${path}`],
      ...{ bundle: true, write: false, minify: true, define },
      ...{ format: "iife", platform: "browser", charset: "utf8" },
      alias: { "@tensorflow/tfjs": `${ROOT}tools/try_page/tfjs.ts` },
      logLevel: "silent",
    });
    return text;
  } finally {
    await esbuild.stop();
  }
}

/** The program of "Try it", a classic script that holds its worker's as a text. */
export async function bundleTryPage(): Promise<string> {
  const worker = await bundle("try_page/worker.ts");
  return await bundle("try_page/page.ts", { WORKER: JSON.stringify(worker) });
}

/** The program of a page, a classic script. */
export function bundlePage(
  name: "search" | "map" | "walk",
): Promise<string> {
  return bundle(`${name}_page.ts`);
}
