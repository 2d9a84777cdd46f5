/** What a cell shows of its trainings, and how Stop ends them. */

import assert from "node:assert/strict";
import { runCells } from "./cells.ts";

const SETUP = `
  import * as tf from "@tensorflow/tfjs";
  import { fit, watchProgress } from "../lib/mod.ts";
  import { useBackend } from "../lib/backend/mod.ts";
  await useBackend();
  const images = new Float32Array(8 * 4).fill(0.5);
  const build = () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 4, inputShape: [4] })],
    });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    return model;
  };
  let isToStop = false;
  const onBatch = () => {
    if (isToStop) console.log("stop now");
    isToStop = false;
  };
  void 0`;

/** The texts of what is shown, each time that it is drawn. */
function linesOf(texts: string[]): string[] {
  return texts.filter((text) => text.startsWith("{"))
    .map((text) => JSON.parse(text)["text/plain"]);
}

Deno.test("a training that nobody watches shows a line after three seconds, and Stop ends it", async () => {
  const plain = `
    setTimeout(() => isToStop = true, 4_000);
    await fit(build(), images, images, { epochs: 1_000_000, onBatch });`;
  const short = "await fit(build(), images, images); void 0";
  const [, long, quick] = await runCells([SETUP, plain, short], {
    isWhole: true,
  });
  const lines = linesOf(long);
  assert.match(lines[0], /^Training: step \d+ of 1000000, .* left; loss 0\.\d/);
  assert.match(lines.at(-1)!, /stopped after 0:0\d min; loss/);
  assert.match(
    long.join("\n"),
    /error Stopped by you after .* of 1000000 epochs; the model keeps/,
  );
  // Where it was thrown is of no use to who pressed Stop.
  assert.ok(!/\n\s+at /.test(long.join("\n")), long.join("\n"));
  assert.deepEqual(linesOf(quick), []);
});

Deno.test("Stop ends a loop of trainings as a whole, and what was finished stays", async () => {
  const loop = `
    const finished = [];
    for (const [name, epochs] of [["A", 3], ["B", 1_000_000], ["C", 3]]) {
      isToStop = name === "B";
      const options = { epochs, onBatch, watch: watchProgress(name) };
      await fit(build(), images, images, options);
      void finished.push(name);
    }`;
  const next = "console.log(finished.join())";
  const [, looped, after] = await runCells([SETUP, loop, next], {
    isWhole: true,
  });
  const lines = linesOf(looped);
  const last = (name: string) =>
    lines.findLast((line) => line.startsWith(`${name}: `));
  assert.match(last("A")!, /^A: done in/);
  assert.match(last("B")!, /stopped after/);
  assert.equal(last("C"), undefined);
  assert.match(looped.join("\n"), /error Stopped by you/);
  assert.deepEqual(after, ["A\n"]);
});
