/** Turns the bench's measurements into a table, a chart and a file of times. */

import * as Plot from "@observablehq/plot";
import { COLOURS, plotFigure } from "../lib/drawing/figures.ts";
import { ROOT } from "../tools/system.ts";

/** What one contestant needed for one network. */
export interface Measurement {
  name: string;
  network: string;
  /** First three losses. */
  loss: number[];
  /** Ms of each step. */
  ms: number[];
  /** Ms of each prediction of 10,000 images. */
  predict: number[];
}

/** Multiplications and additions of a step by direct convolution, in GFLOP. */
const AUTOENCODER_GFLOP = 3.41;

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))];
}

const median = (values: number[]) => quantile(values, 0.5);

async function machine(): Promise<string> {
  const cpuinfo = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const [, model = Deno.build.arch] = cpuinfo.match(/model name\s*: (.*)/) ??
    [];
  const vectors = ["avx512f", "avx2"].find((flag) =>
    cpuinfo.includes(` ${flag} `)
  );
  return `${model}${
    vectors ? ` with ${vectors}` : ""
  }, Deno ${Deno.version.deno}`;
}

/** A table of steps and answers, one line for each contestant of each network. */
export function tableOf(measurements: Measurement[], peak: number): string {
  const lines = [
    "| network | contestant | ms a step | 10 % to 90 % | of ours | GFLOP/s | of the peak | ms for 10,000 answers |",
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
      predict.length ? median(predict).toFixed(0) : "",
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines.join("\n") + "\n";
}

/** Bars of the autoencoder's steps, as SVG. */
function chartOf(measurements: Measurement[]): Uint8Array {
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
  }, { caption: "", alt: "" });
  const [, svg] = html.match(/data:image\/svg\+xml;base64,([^"]+)/)!;
  return Uint8Array.fromBase64(svg);
}

/** Writes bench/results/: README.md, chart.svg and times.json. */
export async function report(
  measurements: Measurement[],
  { threads, batch, peak, memory, scaling }: {
    threads: number;
    batch: number;
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
  const where = `${threads} threads, ${await machine()}, ${date}`;
  const table = tableOf(measurements, peak);
  const peaks = Object.entries(memory)
    .map(([name, megabytes]) => `${name} ${megabytes.toFixed(0)} MB`);
  await Deno.writeTextFile(
    `${results}/README.md`,
    `# Results\n\nMade by \`deno task bench\`: ${where}.\n\n` +
      `## One training step of ${batch} images\n\n` +
      `Medians. GFLOP/s count the operations of direct convolution, whoever ` +
      `makes fewer.\nThe peak, ${
        peak.toFixed(0)
      } GFLOP/s, is what our product ` +
      `of large matrices reaches.\n\n${table}\n` +
      `## Threads, batches, start\n\n${scaling}\n` +
      `## Peak memory of ten epochs, data included\n\n${peaks.join(", ")}.\n`,
  );
  await Deno.writeTextFile(
    `${results}/times.json`,
    JSON.stringify({ where, batch, measurements }),
  );
  await Deno.writeFile(`${results}/chart.svg`, chartOf(measurements));
  console.log(table);
}
