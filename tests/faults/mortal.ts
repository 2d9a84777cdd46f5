/** A copy of the backend whose workers can be killed from outside, or held up. */

import process from "node:process";

/** Indices of words that nothing else uses. */
const COUNTDOWN = 200, HELD = 201;

/** What is altered: [file, what stands there, what stands there then]. */
const CHANGES = [
  // The worker whose chunk counts to zero ends, for real, or rests.
  [
    "threads/worker.ts",
    /\n {2}const tasks = instantiate\(start\);(\n.*)/,
    `$1
    const tasks = instantiate(start).map((task) =>
      (job: number, chunk: number, thread: number) => {
        if (Atomics.sub(words, ${COUNTDOWN}, 1) === 1) {
          if (words[${HELD}] === 0) process.exit(1);
          Atomics.wait(words, ${HELD}, 1);
        }
        task(job, chunk, thread);
      }
    );`,
  ],
  // So that a minute without an answer is a second.
  ["threads/pool.ts", /const LOOK = 1_000/, "const LOOK = 17"],
] as const;

async function copy(from: URL, to: string) {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(new URL(`${name}/`, from), `${to}/${name}`);
    else await Deno.copyFile(new URL(name, from), `${to}/${name}`);
  }
}

/** Copies lib/backend, altered as said above and in nothing else, and loads it. */
export async function copyMortal() {
  const path = await Deno.makeTempDir();
  process.once("exit", () => Deno.removeSync(path, { recursive: true }));
  await copy(new URL("../../lib/backend/", import.meta.url), path);
  for (const [name, before, after] of CHANGES) {
    const text = await Deno.readTextFile(`${path}/${name}`);
    if (!before.test(text)) {
      throw new Error(`Cannot alter "${name}": ${before}`);
    }
    await Deno.writeTextFile(`${path}/${name}`, text.replace(before, after));
  }
  return {
    backend: await import(
      `file://${path}/mod.ts`
    ) as typeof import("../../lib/backend/mod.ts"),
    pool: await import(
      `file://${path}/threads/pool.ts`
    ) as typeof import("../../lib/backend/threads/pool.ts"),
  };
}

/** The worker that is about to run the `count`th chunk from now on ends. */
export function killAt(count: number, { buffer }: WebAssembly.Memory) {
  const words = new Int32Array(buffer);
  words[HELD] = 0;
  Atomics.store(words, COUNTDOWN, count);
}

/** The worker that is about to run the next chunk rests, until it is let go. */
export function holdNext({ buffer }: WebAssembly.Memory): () => void {
  const words = new Int32Array(buffer);
  words[HELD] = 1;
  Atomics.store(words, COUNTDOWN, 1);
  return () => {
    Atomics.store(words, HELD, 0);
    Atomics.notify(words, HELD);
  };
}
