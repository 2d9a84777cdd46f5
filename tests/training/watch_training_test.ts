import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import type {
  TrainingStart,
  TrainingWatch,
} from "../../lib/training/events.ts";
import { fit } from "../../lib/training/fit.ts";
import {
  type LossPoint,
  trainingFigure,
  trainingLine,
} from "../../lib/drawing/training_figure.ts";
import {
  watchProgress,
  watchTraining,
} from "../../lib/training/watch_training.ts";
import { inFolder } from "../in_folder.ts";
import { clean, noisy, smallModel } from "../small_model.ts";

await useBackend();

const captions = { caption: "A figure.", alt: "A curve." };

/** A watch that notes what it is told, besides what ours does with it. */
function noting() {
  const ours = watchTraining({ floor: 0.05, ...captions });
  const told: string[] = [];
  let start: TrainingStart | undefined;
  const watch: TrainingWatch = {
    begin: (given) => {
      start = given;
      told.push(`from ${given.step}, ${given.history.length} rows`);
      return ours.begin(given);
    },
    batch: (event) => ours.batch(event),
    epoch: (row) => {
      told.push(`epoch ${row.epoch}`);
      return ours.epoch(row);
    },
    end: (how) => {
      told.push(how);
      return ours.end(how);
    },
  };
  return { watch, told, start: () => start! };
}

Deno.test("a watch is told of the training's beginning, epochs and end", async () => {
  const { watch, told, start } = noting();
  const options = { epochs: 2, batchSize: 8, watch };
  const history = await fit(smallModel(), noisy, clean, options);
  assert.deepEqual(told, ["from 0, 0 rows", "epoch 1", "epoch 2", "done"]);
  assert.deepEqual([start().epochs, start().batches], [2, 5]);
  assert.deepEqual(start().history, history);
  // Of five batches an epoch each has its point.
  assert.deepEqual(
    start().curve.map(([epochs]) => epochs),
    [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2],
  );
  assert.equal(start().curve[4][1], history[0].loss);
});

Deno.test("of a training that is refused nothing is shown, and one that fails is said to", async () => {
  const refused = noting();
  const bad = fit(smallModel(), noisy, clean.slice(1), {
    watch: refused.watch,
  });
  await assert.rejects(bad, RangeError);
  assert.deepEqual(refused.told, []);
  const failing = noting();
  const onEpoch = () => {
    throw new Error("mine");
  };
  const { watch } = failing;
  const failed = fit(smallModel(), noisy, clean, { epochs: 2, onEpoch, watch });
  await assert.rejects(failed, { message: "mine" });
  assert.deepEqual(failing.told, ["from 0, 0 rows", "epoch 1", "failed"]);
});

Deno.test("a training that goes on shows the curve, the rows and the time of before", () =>
  inFolder(async (folder) => {
    const checkpoint = `${folder}/training`;
    const stop = new AbortController();
    const first = noting();
    const options = { epochs: 3, batchSize: 8, checkpoint };
    let steps = 0;
    const stopped = fit(smallModel(), noisy, clean, {
      ...{ ...options, watch: first.watch, signal: stop.signal },
      onBatch: () => void (++steps === 7 && stop.abort()),
    });
    await assert.rejects(stopped, {
      name: "AbortError",
      message: "Stopped by you after 1.4 of 3 epochs; run this again, and it " +
        "goes on there",
    });
    assert.deepEqual(first.told, ["from 0, 0 rows", "epoch 1", "stopped"]);
    const second = noting();
    await fit(smallModel(), noisy, clean, { ...options, watch: second.watch });
    assert.deepEqual(
      second.told,
      ["from 7, 1 rows", "epoch 2", "epoch 3", "done"],
    );
    assert.ok(second.start().elapsed > 0);
    const whole = noting();
    await fit(smallModel(), noisy, clean, {
      ...{ epochs: 3, batchSize: 8, watch: whole.watch },
    });
    assert.deepEqual(second.start().curve, whole.start().curve);
    // Without a checkpoint what is learned stays, and no more.
    const alone = fit(smallModel(), noisy, clean, {
      signal: AbortSignal.abort(),
    });
    await assert.rejects(alone, { message: /the model keeps what it has/ });
  }));

Deno.test("the line of a training says how far it is, and how it ended", () => {
  const state = {
    points: [],
    epochs: 2,
    label: "hinge",
    steps: 10,
    elapsed: 60_000,
  };
  const line = (more: Partial<Parameters<typeof trainingFigure>[0]>) =>
    trainingFigure({ ...state, step: 5, ...more }, captions).text.split(
      "\n",
    )[0];
  assert.equal(
    line({}),
    "step 5 of 10, 12000 ms a step, 1:00 min so far, 1:00 min left",
  );
  assert.match(
    line({ end: "done", step: 10 }),
    /step 10 of 10, .*done in 1:00/,
  );
  assert.match(line({ end: "stopped" }), /stopped after 1:00 min$/);
  assert.match(
    line({ end: "stopped", isSaved: true }),
    /stopped after 1:00 min; to go on, run the cell again$/,
  );
  assert.match(line({ end: "failed" }), /failed after 1:00 min$/);
});

Deno.test("a watch is refused for each argument that cannot be right", () => {
  const right = { floor: 0.05, ...captions };
  const refused: [object | null, RegExp][] = [
    [null, /"null" as the options of watchTraining/],
    [{ floor: 0, caption: 3 }, /a figure with caption "3": give/],
    [{ ...right, alt: "" }, /a figure with alt "''": give/],
    [{ ...right, loss: 5 }, /the loss "5": say in a text what it is/],
    [{ ...right, epochs: 3 }, /"epochs": watchTraining has no such option/],
    [{ ...right, floor: "low" }, /floor "'low'": give/],
    [{ ...right, flor: 0 }, /"flor": watchTraining has no such option/],
  ];
  for (const [options, message] of refused) {
    const watching = () => watchTraining(options as typeof right);
    assert.throws(watching, { message });
  }
  for (const name of [undefined, 5, { name: "Adam" }]) {
    assert.throws(() => watchProgress(name as unknown as string), {
      message: /^Cannot watch a training called ".*": give it a name/,
    });
  }
});

Deno.test("the line of one of several trainings has its name and its losses", () => {
  const state = { step: 5, steps: 10, elapsed: 60_000 };
  const { html, text } = trainingLine("Adam <1>", { ...state, loss: 0.51239 });
  assert.equal(
    text,
    "Adam <1>: step 5 of 10, 1:00 min so far, 1:00 min left; loss 0.5124",
  );
  assert.match(html, /value="50".*Adam &lt;1&gt;: step 5/);
  const done = { ...state, step: 10, end: "done" } as const;
  assert.match(
    trainingLine("Adam", { ...done, loss: 0.1, valLoss: 0.2 }).text,
    /^Adam: done in 1:00 min; loss 0.1000, validation 0.2000$/,
  );
  const withoutOne = trainingLine("Adam", { ...done, loss: 0.1, valLoss: NaN });
  assert.ok(!withoutOne.text.includes("validation"));
});

function svgOf(
  points: LossPoint[],
  { floor, label = "binaryCrossentropy" }: { floor?: number; label?: string },
): string {
  const state = { points, epochs: 9, step: 1, steps: 2, elapsed: 3 };
  const { html } = trainingFigure({ ...state, floor, label }, captions);
  const [, data] = html.match(/base64,([^"]+)"/)!;
  return new TextDecoder().decode(Uint8Array.fromBase64(data));
}

/** A figure of these losses, and the numbers of its axis. */
function drawn(
  losses: number[],
  options: { floor?: number; label?: string },
) {
  const points = losses.map((loss, i) => ({
    ...{ epoch: i + 1, loss, series: "training" as const },
  }));
  const svg = svgOf(points, options);
  return { svg, ticks: ticksOf(svg) };
}

/** The numbers of the axis of the loss. */
function ticksOf(svg: string): number[] {
  const [, axis] = svg.match(/aria-label="y-axis tick label"(.+?)<\/g>/s)!;
  return [...axis.matchAll(/>([−\d.]+)</g)]
    .map(([, tick]) => Number(tick.replace("−", "-")));
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
  assert.ok(large.svg.includes("floor 0.5000"));
  const own = drawn([2.3, 1.9], { label: "hinge" });
  assert.ok(own.svg.includes("↑ hinge") && !own.svg.includes("floor"));
});

Deno.test("the axis of another loss begins at 0 and has room for it alone", () => {
  const squared = Array.from({ length: 10 }, (_, i) => 0.01 + 0.08 / 2 ** i);
  const { svg, ticks } = drawn(squared, { label: "meanSquaredError" });
  assert.deepEqual([ticks[0], ticks.at(-1)], [0, 0.09]);
  assert.ok(svg.includes("mean squared error"));
  // How high it was in the first steps, or has become, changes nothing of it.
  const point = (epoch: number, loss: number): LossPoint => ({
    ...{ epoch, loss, series: "training" },
  });
  const whole = [point(0.1, 7), point(1, 0.09), point(2, 0.01)];
  const { length } = ticksOf(svgOf(whole, { label: "meanSquaredError" }));
  assert.equal(length, ticks.length);
  const broken = [...whole, point(3, Infinity)];
  assert.equal(ticksOf(svgOf(broken, { label: "hinge" })).at(-1), 0.09);
  const first = svgOf(whole.slice(0, 1), { label: "hinge" });
  assert.equal(ticksOf(first).at(-1), 7);
  for (const losses of [[], [0], [-1, -2]]) {
    assert.ok(drawn(losses, { label: "hinge" }).ticks.length > 1);
  }
});

Deno.test("the name of a loss is no word of the language", () => {
  const { svg } = drawn([0.2, 0.1], { label: "toString" });
  assert.ok(svg.includes("↑ toString<"));
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
