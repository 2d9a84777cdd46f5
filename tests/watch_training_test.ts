import assert from "node:assert/strict";
import { useBackend } from "../lib/backend/mod.ts";
import { fit } from "../lib/train.ts";
import { type LossPoint, trainingFigure } from "../lib/training_figure.ts";
import { watchTraining } from "../lib/watch_training.ts";
import { clean, noisy, smallModel } from "./small_model.ts";

await useBackend();

const captions = { caption: "A figure.", alt: "A curve." };

Deno.test("a watched training takes the watch as options, and it has an end", async () => {
  const watch = await watchTraining({
    ...{ epochs: 1, floor: 0.05, caption: "A figure.", alt: "A curve." },
  });
  assert.equal((await fit(smallModel(), noisy, clean, watch)).length, 1);
  const spread = { epochs: 1, ...watch };
  assert.equal((await fit(smallModel(), noisy, clean, spread)).length, 1);
  assert.equal(typeof watch.finish, "function");
  await watch.finish();
});

Deno.test("a watch is refused for each argument that cannot be right", async () => {
  const right = { epochs: 1, floor: 0.05, ...captions };
  const refused: [object | undefined, RegExp][] = [
    [undefined, /"undefined" as the options of watchTraining/],
    [{ epochs: 1, floor: 0 }, /a figure without "caption": give/],
    [{ ...right, alt: undefined }, /a figure without "alt": give/],
    [{ ...right, loss: 5 }, /the loss "5": say in a text what it is/],
    [{ ...right, epochs: "3" }, /"'3'" epochs/],
    [{ ...right, floor: undefined }, /floor "undefined": give/],
    [{ ...right, flor: 0 }, /"flor": watchTraining has no such option/],
  ];
  for (const [options, message] of refused) {
    const watching = watchTraining(options as typeof right);
    await assert.rejects(watching, { message });
  }
});

function svgOf(
  points: LossPoint[],
  { floor, label }: { floor: number; label?: string },
): string {
  const state = { points, epochs: 9, step: 1, steps: 2, elapsed: 3 };
  const { html } = trainingFigure({ ...state, floor, label }, captions);
  const [, data] = html.match(/base64,([^"]+)"/)!;
  return new TextDecoder().decode(Uint8Array.fromBase64(data));
}

/** A figure of these losses, and the numbers of its axis. */
function drawn(losses: number[], options: { floor: number; label?: string }) {
  const points = losses.map((loss, i) => ({
    ...{ epoch: i + 1, loss, series: "training" as const },
  }));
  const svg = svgOf(points, options);
  const [, axis] = svg.match(/aria-label="y-axis tick label"(.+?)<\/g>/s)!;
  const ticks = [...axis.matchAll(/>([\d.]+)</g)]
    .map(([, tick]) => Number(tick));
  return { svg, ticks };
}

Deno.test("the axis of a loss holds the best of it, and its name", () => {
  const usual = drawn([0.69, 0.1], { floor: 0.058 });
  assert.deepEqual([usual.ticks[0], usual.ticks.at(-1)], [0.05, 0.3]);
  assert.ok(usual.svg.includes("binary cross-entropy (nats a pixel)"));
  const small = drawn([0.2, 0.004], { floor: 0, label: "mean squared error" });
  assert.equal(small.ticks[0], 0);
  assert.ok(small.svg.includes("mean squared error"));
  assert.ok(!small.svg.includes("nats"));
  const large = drawn([2.3, 1.9], { floor: 0.5 });
  assert.ok(large.ticks.at(-1)! > 2, String(large.ticks));
});

Deno.test("without validation data nothing is said of its loss", () => {
  const series = ["training", "validation"] as const;
  const lines = (valLoss: number) =>
    svgOf(
      [0.2, valLoss].map((loss, i) => ({ epoch: 1, loss, series: series[i] })),
      { floor: 0.05 },
    );
  assert.ok(lines(0.25).includes("validation 0.2500"));
  assert.ok(lines(NaN).includes("training 0.2000"));
  assert.ok(!lines(NaN).includes("NaN"));
});
