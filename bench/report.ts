/** Turns the bench's measurements into a table, a chart and a file of times. */

import * as Plot from "@observablehq/plot";
import { COLOURS, plotFigure } from "../lib/drawing/figures.ts";
import { drawingsIn } from "../lib/notebook/cell_output.ts";
import { ROOT } from "../tools/system.ts";

/** What one contestant needed for one network. */
export interface Measurement {
  name: string;
  network: string;
  /** First three losses. */
  loss: number[];
  /** Ms of each step. */
  ms: number[];
  /** Ms of each prediction: of 10,000 images by the autoencoder, of a batch by the others. */
  predict: number[];
  /** Peak memory of its process, program and data included, in MB. */
  megabytes: number;
}

/** Multiplications and additions of a step by direct convolution, in GFLOP. */
const AUTOENCODER_GFLOP = 3.41;

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))];
}

const median = (values: number[]) => quantile(values, 0.5);

const cpuinfo = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");

/** Whether the processor says that it has such vectors, as far as the system tells. */
export function hasVectors(flag: string): boolean {
  return cpuinfo.includes(` ${flag} `);
}

function machine(): string {
  const [, model = Deno.build.arch] = cpuinfo.match(/model name\s*: (.*)/) ??
    [];
  const vectors = ["avx512f", "avx2"].find(hasVectors);
  return `${model}${
    vectors ? ` with ${vectors}` : ""
  }, Deno ${Deno.version.deno}`;
}

/** One line a network: our times as parts of those of PyTorch's better layout. */
export function ratiosTable(measurements: Measurement[]): string {
  const lines = [
    "| network | ms a step, ours | PyTorch | ours / PyTorch | ours / PyTorch held to AVX2 | plain flags / PyTorch | answers, ours / PyTorch | peak MB, ours | PyTorch |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  for (const network of new Set(measurements.map(({ network }) => network))) {
    const all = measurements.filter((other) => other.network === network);
    const least = (names: RegExp, of: (one: Measurement) => number) =>
      Math.min(...all.filter(({ name }) => names.test(name)).map(of));
    const best = (of: "ms" | "predict", names: RegExp) =>
      least(names, (one) => median(one[of]));
    const peer = /^PyTorch, (channels_last|default layout)$/;
    const ours = best("ms", /^ours$/), theirs = best("ms", peer);
    const held = best("ms", /^PyTorch, .* held to AVX2$/); // Infinity: none took part
    const ratios = [
      ours / theirs,
      held < Infinity ? ours / held : undefined,
      best("ms", /^ours, plain/) / theirs,
      best("predict", /^ours$/) / best("predict", peer),
    ];
    const cells = [
      ...[network, ours.toFixed(1), theirs.toFixed(1)],
      ...ratios.map((ratio) => ratio?.toFixed(2) ?? ""),
      ...[/^ours$/, peer].map((names) =>
        least(names, ({ megabytes }) => megabytes).toFixed(0)
      ),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines.join("\n") + "\n";
}

/** A table of steps and answers, one line for each contestant of each network. */
export function contestantsTable(
  measurements: Measurement[],
  peak: number,
): string {
  const lines = [
    "| network | contestant | ms a step | 10 % to 90 % | of ours | GFLOP/s | of the peak | ms for answers |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  for (const { name, network, ms, predict } of measurements) {
    const [ours] = measurements.filter((other) => other.network === network);
    const step = median(ms);
    const rate = network === "autoencoder"
      ? 1000 * AUTOENCODER_GFLOP / step
      : 0;
    const cells = [
      network,
      name,
      step.toFixed(1),
      `${quantile(ms, 0.1).toFixed(1)} to ${quantile(ms, 0.9).toFixed(1)}`,
      (step / median(ours.ms)).toFixed(2),
      rate ? rate.toFixed(0) : "",
      rate && name.startsWith("ours")
        ? `${(100 * rate / peak).toFixed(0)} %`
        : "",
      median(predict).toFixed(1),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines.join("\n") + "\n";
}

/** Bars of the autoencoder's steps, as SVG. */
export function chartOf(measurements: Measurement[]): string {
  const rows = measurements
    .filter(({ network }) => network === "autoencoder")
    .map(({ name, ms }) => ({ name, step: median(ms) }));
  const { html } = plotFigure({
    marginLeft: 250,
    marginRight: 50,
    height: 40 * rows.length + 40,
    x: { label: "ms a training step of 128 images (median) →", grid: true },
    y: { label: null, domain: rows.map(({ name }) => name) },
    marks: [
      Plot.barX(rows, {
        x: "step",
        y: "name",
        fill: ({ name }) =>
          name.startsWith("ours") ? COLOURS.denoised : COLOURS.neutral,
      }),
      Plot.text(rows, {
        x: "step",
        y: "name",
        text: ({ step }) => step.toFixed(1),
        textAnchor: "start",
        dx: 5,
      }),
    ],
  }, {
    caption: "Milliseconds of a training step by contestant.",
    alt: `Bars: ${
      rows.map(({ name, step }) => `${name} ${step.toFixed(1)}`).join(", ")
    }.`,
  });
  const [svg] = drawingsIn(html);
  return svg;
}

/** Writes bench/results/: README.md, chart.svg and times.json. */
export async function report(
  measurements: Measurement[],
  { threads, peak, memory, scaling }: {
    threads: number;
    /** GFLOP/s of our product of large matrices. */
    peak: number;
    /** Peak memory in MB of ten epochs. */
    memory: Record<string, number>;
    /** A table, as scaling.ts makes it. */
    scaling: string;
  },
) {
  const results = `${ROOT}bench/results`;
  await Deno.mkdir(results, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const where = `${threads} threads, ${machine()}, ${date}`;
  const ratios = ratiosTable(measurements);
  const table = contestantsTable(measurements, peak);
  const peaks = Object.entries(memory)
    .map(([name, megabytes]) => `${name} ${megabytes.toFixed(0)} MB`);
  await Deno.writeTextFile(
    `${results}/README.md`,
    `# Results\n\nMade by \`deno task bench\`: ${where}.\n\n` +
      `## Each network beside PyTorch\n\n` +
      `Medians of one training step, and of answers without training: for ` +
      `10,000 images by the\nautoencoder, and for one batch by the others. ` +
      `PyTorch's time is that of its faster layout. Peak memory is ` +
      `that of the whole process,\nprogram and data included.\n\n${ratios}\n` +
      `## Each contestant\n\n` +
      `GFLOP/s count the operations of direct convolution, whoever makes ` +
      `fewer.\nThe peak, ${peak.toFixed(0)} GFLOP/s, is what our product ` +
      `of large matrices reaches.\n\n${table}\n` +
      `## Threads, batches, start\n\n${scaling}\n` +
      `## Peak memory of ten epochs, data included\n\n${peaks.join(", ")}.\n`,
  );
  await Deno.writeTextFile(
    `${results}/times.json`,
    JSON.stringify({ where, measurements }),
  );
  await Deno.writeTextFile(`${results}/chart.svg`, chartOf(measurements));
}
