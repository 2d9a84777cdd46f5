/**
 * Runs in Node, as a user's program: networks as in Keras, and a training.
 *
 *     node program.mjs NOISY CLEAN THREADS
 */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { useBackend } from "@denoise/tfjs-wasm-threads";
import { readFixtures } from "../fixture.ts";
import { checkParity } from "../numerics/parity.ts";
import { trainDigits } from "./training.ts";

const [noisy, clean, threads] = process.argv.slice(2);
await useBackend();
const networks = await readFixtures();
for (const network of networks) {
  await checkParity(network, (_, check) => check());
}
const read = async (path: string) =>
  new Float32Array(new Uint8Array(await readFile(path)).buffer);
const trained = await trainDigits({
  ...{ noisy: await read(noisy), clean: await read(clean) },
  threads: Number(threads),
});
console.log(JSON.stringify({ networks: networks.length, trained }));
