import assert from "node:assert/strict";
import {
  type LossPoint,
  trainingFigure,
  trainingLine,
} from "../../lib/drawing/training_figure.ts";
import { captions, parse, svgOf } from "./svg_of.ts";

Deno.test("of two lines that end close together the upper one has the upper label", () => {
  for (const [training, validation] of [[0.14, 0.13], [0.13, 0.14]]) {
    const points = [
      { epoch: 1, loss: training, series: "training" as const },
      { epoch: 1, loss: validation, series: "validation" as const },
    ];
    const svg = svgOf(
      trainingFigure(
        { points, epochs: 2, floor: 0.05, step: 1, steps: 2, elapsed: 1 },
        captions,
      ),
    );
    const heights = [0.14, 0.13].map((loss) => {
      const [label] = [...parse(svg).querySelectorAll("text")]
        .filter(({ textContent }) => textContent?.endsWith(loss.toFixed(4)));
      const of = (element: Element) =>
        Number(element.getAttribute("transform")?.match(/,(-?[\d.]+)\)/)?.[1]);
      return of(label) + of(label.parentElement!);
    });
    assert.ok(heights[1] - heights[0] > 16, String(heights));
  }
});

Deno.test("a training figure says how far, how fast and how long still", () => {
  const points = [1, 2, 3].map((epoch) => ({
    epoch,
    loss: 0.2 / epoch,
    series: "training" as const,
  }));
  const state = { points, epochs: 10, floor: 0.0581, steps: 1_000 };
  const draw = (step: number, elapsed: number) =>
    trainingFigure({ ...state, step, elapsed }, captions);
  assert.ok(
    draw(250, 50_000).html.includes(
      "step 250 of 1000, 200 ms a step, 0:50 min so far, 2:30 min left",
    ),
  );
  const ended = (step: number, end: "done" | "stopped") =>
    trainingFigure(
      { ...state, step, elapsed: 61_000, end, isSaved: true },
      captions,
    ).html;
  assert.ok(ended(1_000, "done").includes("done in 1:01 min"));
  // Even after the last step: its validation loss is missing.
  assert.ok(
    ended(1_000, "stopped").includes("stopped after 1:01 min; to go on"),
  );
  assert.ok(ended(0, "done").includes('value="100"'));
  assert.ok(draw(0, 0).html.includes("step 0 of 1000"));
  const svg = svgOf(draw(250, 50_000));
  assert.ok(svg.includes("floor 0.0581") && svg.includes("training 0.0667"));
});

Deno.test("a live figure is small and quick to draw", () => {
  const points = Array.from({ length: 480 }, (_, i) => ({
    epoch: i / 48,
    loss: 0.1 + 0.1 / (i + 1),
    series: "training" as const,
  }));
  const state = {
    points,
    epochs: 10,
    floor: 0.0581,
    step: 1,
    steps: 2,
    elapsed: 3,
  };
  const start = performance.now();
  for (let i = 0; i < 10; i++) trainingFigure(state, captions);
  assert.ok(performance.now() - start < 2_000);
  assert.ok(trainingFigure(state, captions).html.length < 20_000);
});

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

function svgOfLosses(
  points: LossPoint[],
  { floor, label = "binaryCrossentropy" }: { floor?: number; label?: string },
): string {
  const state = { points, epochs: 9, step: 1, steps: 2, elapsed: 3 };
  return svgOf(trainingFigure({ ...state, floor, label }, captions));
}

/** A figure of these losses, and the numbers of its axis. */
function drawn(
  losses: number[],
  options: { floor?: number; label?: string },
) {
  const points = losses.map((loss, i) => ({
    ...{ epoch: i + 1, loss, series: "training" as const },
  }));
  const svg = svgOfLosses(points, options);
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
  const { length } = ticksOf(svgOfLosses(whole, { label: "meanSquaredError" }));
  assert.equal(length, ticks.length);
  const broken = [...whole, point(3, Infinity)];
  assert.equal(ticksOf(svgOfLosses(broken, { label: "hinge" })).at(-1), 0.09);
  const first = svgOfLosses(whole.slice(0, 1), { label: "hinge" });
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
    svgOfLosses(
      [0.2, valLoss].map((loss, i) => ({ epoch: 1, loss, series: series[i] })),
      { floor: 0.05 },
    );
  assert.ok(lines(0.25).includes("validation 0.2500"));
  assert.ok(lines(NaN).includes("training 0.2000"));
  assert.ok(!lines(NaN).includes("NaN"));
});
