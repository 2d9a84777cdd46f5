/**
 * How our backend's step grows with threads and batch, and how long it takes to
 * start; part of `deno task bench`, or alone:
 *
 *     deno run -A bench/scaling.ts
 */

import { kernelEnvironment } from "../tools/flags.ts";
import { outputOf, ROOT } from "../tools/system.ts";

const BATCHES = [16, 32, 64, 128, 256, 512, 1024];

/** Run in a process of its own, so that starting is measured too. */
const PROGRAM = `
  const begin = performance.now();
  const { buildAutoencoder } = await import("./lib/mod.ts");
  const imported = performance.now();
  const { useBackend } = await import("./lib/backend/mod.ts");
  const tf = await import("@tensorflow/tfjs");
  const before = performance.now();
  const [threads, ...batches] = Deno.args.map(Number);
  await useBackend("wasm-threads", { threads });
  const started = performance.now();
  const model = buildAutoencoder({ seed: 0 });
  const steps = {};
  const timesOf = async (batch, count) => {
    const x = tf.randomUniform([batch, 28, 28, 1], 0, 1, "float32", 1);
    const times = [];
    for (let step = 0; step < count; step++) {
      const start = performance.now();
      await model.trainOnBatch(x, x);
      times.push(performance.now() - start);
    }
    x.dispose();
    return times;
  };
  const [first] = await timesOf(128, 60);
  for (const batch of batches) {
    const count = Math.max(12, Math.round(4000 / batch));
    steps[batch] = (await timesOf(batch, count)).sort((a, b) => a - b)[count >> 1];
  }
  console.log(JSON.stringify({
    "import of lib/mod.ts": imported - begin,
    "useBackend()": started - before,
    "first step": first,
    steps,
  }));
`;

interface Times {
  steps: Record<string, number>;
  [what: string]: number | Record<string, number>;
}

async function measure(threads: number): Promise<Times> {
  const times = await outputOf(
    Deno.execPath(),
    ["eval", "--ext=js", PROGRAM, `${threads}`, ...BATCHES.map(String)],
    { cwd: ROOT, env: await kernelEnvironment() },
  );
  return JSON.parse(times);
}

/** Table of ms a step by batch and threads, and of the times to start. */
export async function scaling(threads: number): Promise<string> {
  const one = await measure(1), all = await measure(threads);
  const lines = [
    `| batch | ms, 1 thread | ms, ${threads} threads | times faster | microseconds an image |`,
    "| --- | --- | --- | --- | --- |",
  ];
  for (const batch of BATCHES) {
    const [alone, together] = [one.steps[batch], all.steps[batch]];
    const cells = [
      batch,
      alone.toFixed(2),
      together.toFixed(2),
      (alone / together).toFixed(2),
      (1000 * together / batch).toFixed(1),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  const starts = Object.entries(all)
    .filter(([what]) => what !== "steps")
    .map(([what, ms]) => `${what} ${(ms as number).toFixed(0)} ms`);
  return `${lines.join("\n")}\n\nStart: ${starts.join(", ")}.\n`;
}

if (import.meta.main) {
  console.log(await scaling(navigator.hardwareConcurrency));
}
