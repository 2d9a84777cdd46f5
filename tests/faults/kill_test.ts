/** Trainings killed at random moments, writing included, lose nothing. */

import assert from "node:assert/strict";
import { capture, ROOT } from "../../tools/system.ts";
import { Random } from "../../lib/data/random.ts";

const KILLS = 30;
const LANES = 2;

/** Sixty short epochs, each saved: a quarter of the time is writing. */
const PROGRAM = `
  import * as tf from "@tensorflow/tfjs";
  import { createHash } from "node:crypto";
  import { useBackend } from "./lib/backend/mod.ts";
  import { Random } from "./lib/data/random.ts";
  import { fit } from "./lib/training/fit.ts";

  await useBackend("wasm-threads");
  const random = new Random(1);
  const numbers = () => Float32Array.from({ length: 480 }, () => random.uniform());
  const model = tf.sequential({
    layers: [tf.layers.dense({
      units: 12,
      inputShape: [12],
      kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
    })],
  });
  model.compile({ optimizer: tf.train.adadelta(1), loss: "meanSquaredError" });
  const options = { epochs: 60, batchSize: 8, checkpoint: Deno.args[0] };
  await fit(model, numbers(), numbers(), options);
  const hash = createHash("sha256");
  for (const weight of model.getWeights()) hash.update(weight.dataSync());
  console.log(hash.digest("hex"));
`;

const argsFor = (checkpoint: string) => [
  "eval",
  "--ext=js",
  PROGRAM,
  checkpoint,
];

function start(checkpoint: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: argsFor(checkpoint),
    cwd: ROOT,
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function finish(checkpoint: string): Promise<string> {
  const args = argsFor(checkpoint);
  const { stdout, stderr } = await capture(Deno.execPath(), args, {
    cwd: ROOT,
  });
  assert.match(stdout, /^[0-9a-f]{64}\n$/, stderr);
  assert.equal(stderr, "");
  return stdout;
}

async function countStates(folder: string): Promise<number> {
  let count = 0;
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".bin")) count++;
    }
  } catch {
    // Killed before it made the folder.
  }
  return count;
}

Deno.test(`of ${KILLS} trainings killed, each goes on to the same bits`, async () => {
  const root = await Deno.makeTempDir();
  const begin = performance.now();
  const expected = await finish(`${root}/whole`);
  const whole = performance.now() - begin;
  const random = new Random(7);
  let next = 0, hadStates = 0;
  const lane = async () => {
    while (next < KILLS) {
      const folder = `${root}/${next++}`;
      const child = start(folder);
      const delay = whole * (0.4 + 0.7 * random.uniform());
      const timer = setTimeout(() => {
        try {
          child.kill("SIGKILL");
        } catch {
          // It was done before.
        }
      }, delay);
      await child.status;
      clearTimeout(timer);
      if (await countStates(folder) > 0) hadStates++;
      assert.equal(await finish(folder), expected, folder);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  assert.ok(hadStates > KILLS / 4, `${hadStates} had something to go on from`);
  await Deno.remove(root, { recursive: true });
});
