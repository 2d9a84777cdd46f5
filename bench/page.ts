/**
 * The backend in a page of Chromium, beside tfjs's own: what a page weighs, and
 * how long a step and a prediction of the course's network take.
 *
 *     deno run -A bench/page.ts
 */

import * as esbuild from "esbuild";
import { gzipSync } from "node:zlib";
import { CHROMIUM, inBrowser } from "../tests/notebooks/lab.ts";
import { pack } from "../tools/package.ts";
import { outputOf, ROOT } from "../tools/system.ts";

/** How each backend starts in a Web Worker, and its files besides the program. */
const BACKENDS: Record<string, { start: string; files?: string[] }> = {
  "wasm-threads, 2 threads": {
    start: `import { useBackend } from "@denoise/tfjs-wasm-threads";
      export const start = (threads) => useBackend("wasm-threads", { threads });`,
  },
  "wasm-threads, 1 thread": {
    start: `import { useBackend } from "@denoise/tfjs-wasm-threads";
      export const start = () => useBackend("wasm-threads", { threads: 1 });`,
  },
  "tfjs wasm": {
    start: `import * as tf from "@tensorflow/tfjs";
      import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
      export const start = async () => {
        setWasmPaths("/wasm/");
        await tf.setBackend("wasm");
        return tf.getBackend();
      };`,
    files: ["tfjs-backend-wasm-threaded-simd.wasm"],
  },
  "tfjs webgl": {
    start: `import * as tf from "@tensorflow/tfjs";
      export const start = async () => {
        await tf.setBackend("webgl");
        return tf.getBackend();
      };`,
  },
};

const folder = await Deno.makeTempDir();
const WASM = `${folder}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`;

async function install() {
  await Deno.writeTextFile(`${folder}/package.json`, "{}");
  await outputOf("npm", [
    ...["install", "--no-audit", "--no-fund", "--silent"],
    ...["@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-backend-wasm@4.22.0"],
    await pack(),
  ], { cwd: folder });
}

/** The worker's program as a page would load it. */
async function bundle(start: string): Promise<string> {
  await Deno.copyFile(`${ROOT}bench/page_worker.ts`, `${folder}/worker.ts`);
  await Deno.writeTextFile(`${folder}/backend.js`, start);
  const { outputFiles: [{ text }] } = await esbuild.build({
    entryPoints: [`${folder}/worker.ts`],
    ...{ bundle: true, write: false, minify: true, format: "esm" },
    platform: "browser",
    logLevel: "error",
  });
  return text;
}

async function measure(program: string) {
  const headers = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  };
  const server = Deno.serve(
    { port: 0, hostname: "localhost", onListen() {} },
    async ({ url }) => {
      const name = url.split("/").at(-1)!;
      if (name.endsWith(".wasm")) {
        return new Response(await Deno.readFile(`${WASM}${name}`), {
          headers: { ...headers, "Content-Type": "application/wasm" },
        });
      }
      const isWorker = name === "worker.js";
      const type = isWorker ? "text/javascript" : "text/html";
      return new Response(isWorker ? program : "<!doctype html>", {
        headers: { ...headers, "Content-Type": type },
      });
    },
  );
  try {
    let posted: { ok?: Record<string, unknown>; error?: string } = {};
    await inBrowser(async (page) => {
      await page.goto(`http://localhost:${server.addr.port}/`);
      posted = await page.evaluate(() =>
        new Promise<typeof posted>((resolve) => {
          const worker = new Worker("/worker.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => resolve({ error: message });
          worker.postMessage({ threads: 2, steps: 15 });
          setTimeout(resolve, 240_000, { error: "no answer in 4 minutes" });
        })
      );
    });
    return posted;
  } finally {
    await server.shutdown();
  }
}

if (!CHROMIUM) throw new Error("Cannot measure pages: no Chromium was found");
await install();
const kB = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
const shown = (ms: unknown) => typeof ms === "number" ? ms.toFixed(1) : ms;
console.log("| backend | page | ms a step | ms a prediction |");
console.log("| --- | --- | --- | --- |");
for (const [name, { start, files = [] }] of Object.entries(BACKENDS)) {
  const program = await bundle(start);
  const parts = [new TextEncoder().encode(program)];
  for (const file of files) parts.push(await Deno.readFile(`${WASM}${file}`));
  const size = parts.reduce((sum, part) => sum + gzipSync(part).length, 0);
  const { ok, error } = await measure(program);
  const times = ok ? [ok.step, ok.prediction] : [error, error];
  console.log(`| ${[name, kB(size), ...times.map(shown)].join(" | ")} |`);
}
await esbuild.stop();
await Deno.remove(folder, { recursive: true });
