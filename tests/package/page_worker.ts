/** Runs in a Web Worker of a page: trains on the digits that the server has. */

import { trainDigits } from "./training.ts";

const read = async (path: string) =>
  new Float32Array(await (await fetch(path)).arrayBuffer());

globalThis.onmessage = async ({ data: { threads } }) => {
  try {
    const [noisy, clean] = [await read("/noisy"), await read("/clean")];
    postMessage({ trained: await trainDigits({ noisy, clean, threads }) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
