/** The packed package in a page of a real Chromium. */

import assert from "node:assert/strict";
import * as esbuild from "esbuild";
import { ROOT } from "../../tools/system.ts";
import { CHROMIUM, inBrowser } from "../notebooks/lab.ts";
import { digits, expected } from "./digits.ts";
import { folder } from "./installed.ts";

const ignore = !CHROMIUM;
if (ignore) {
  console.error("\nSKIPPED: no Chromium found, so pages are NOT tested.\n");
}

/** Without these headers a page may not share memory between threads. */
const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** What a user's bundler makes of a worker in the folder with the package. */
async function bundleWorker(): Promise<string> {
  for (const name of ["page_worker.ts", "training.ts"]) {
    await Deno.copyFile(`${ROOT}tests/package/${name}`, `${folder}/${name}`);
  }
  const { warnings, outputFiles: [{ text }] } = await esbuild.build({
    entryPoints: [`${folder}/page_worker.ts`],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
  });
  await esbuild.stop();
  assert.deepEqual(warnings.map(({ text }) => text), []);
  return text;
}

/** Serves the page; `/isolated/` with the headers, `/` without. */
function serve(worker: string) {
  return Deno.serve(
    { port: 0, hostname: "localhost", onListen() {} },
    (request) => {
      const { pathname } = new URL(request.url);
      const name = pathname.split("/").at(-1)!;
      const headers = new Headers(
        pathname.startsWith("/isolated/") ? ISOLATED : {},
      );
      if (name in digits) {
        return new Response(digits[name as keyof typeof digits], { headers });
      }
      const isWorker = name === "worker.js";
      headers.set("Content-Type", isWorker ? "text/javascript" : "text/html");
      return new Response(isWorker ? worker : "<!doctype html>", { headers });
    },
  );
}

const worker = ignore ? "" : await bundleWorker();

/** Trains in a Web Worker of a page at this path, and returns what it posts. */
async function trainAt(path: string, threads?: number) {
  const warnings: string[] = [];
  const server = serve(worker);
  try {
    let posted: unknown;
    await inBrowser(async (page) => {
      page.on("console", (message) => warnings.push(message.text()));
      page.on("pageerror", (error) => warnings.push(String(error)));
      await page.goto(`http://localhost:${server.addr.port}${path}`);
      posted = await page.evaluate(
        ({ path, threads }) =>
          new Promise((resolve) => {
            const url = `${path}worker.js`;
            const worker = new Worker(url, { type: "module" });
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => resolve({ error: message });
            worker.postMessage({ threads });
          }),
        { path, threads },
      );
    });
    return { posted, warnings: warnings.join("\n") };
  } finally {
    await server.shutdown();
  }
}

for (const threads of [1, 2]) {
  Deno.test(
    `an isolated page trains to the bits that Deno gives, threads: ${threads}`,
    {
      ignore,
    },
    async () => {
      const { posted, warnings } = await trainAt("/isolated/", threads);
      assert.deepEqual(posted, { trained: expected }, warnings);
    },
  );
}

Deno.test("a page that is not isolated trains on one thread, and says why", {
  ignore,
}, async () => {
  const { posted, warnings } = await trainAt("/");
  assert.deepEqual(posted, { trained: expected }, warnings);
  assert.match(warnings, /not cross-origin isolated; serve it .*one is used/);
});
