/**
 * What is shown in a cell, and how a cell is stopped. The only file that names
 * Deno.jupyter; outside a notebook everything here does nothing or prints text.
 *
 * Importing it mends Deno's kernel, as kernel.ts says.
 */

import type { DataFrame } from "nodejs-polars";
import { listenForStop, mendKernel } from "./kernel.ts";
import { bundle, displayed, escapeHtml, type Shown } from "./shown.ts";

/** A place in a cell's output that is drawn anew. */
export interface LiveOutput {
  /** Draws it, at most five times a second; of more calls the last counts. */
  update(draw: () => Shown): Promise<void>;
  /** Draws the final state, whatever the time. */
  finish(draw: () => Shown): Promise<void>;
}

/** Ms between two updates of a live output: the eye wants no more. */
const BETWEEN = 200;

type Jupyter = typeof Deno.jupyter;

/** Deno.jupyter, or undefined where there is no notebook (it throws there). */
function jupyter(): Jupyter | undefined {
  try {
    return Deno.jupyter;
  } catch {
    return undefined;
  }
}

/** What Stop ends: the trainings of the cell that last had some. */
let stopping = new AbortController();
let isNewCell = true;
/** Whether we hear of the end of a cell. */
let isMended = false;

/**
 * A signal that Stop (or Ctrl-C, or VS Code's interrupt) aborts; give it to
 * `fit`. All trainings of a cell have the same one, so Stop ends them all.
 *
 * @example
 * ```ts
 * await fit(model, noisy, clean, { epochs: 10, signal: stopSignal() });
 * ```
 */
export function stopSignal(): AbortSignal {
  if (isNewCell || !isMended) stopping = new AbortController();
  isNewCell = false;
  return stopping.signal;
}

/**
 * Shows something that is drawn anew in place, by `update` and `finish`.
 *
 * @example
 * ```ts
 * const live = await liveOutput(() => trainingFigure(start));
 * ```
 */
export async function liveOutput(draw: () => Shown): Promise<LiveOutput> {
  const display_id = crypto.randomUUID();
  const send = async (update: boolean) => {
    const options = { raw: true, display_id, update };
    await jupyter()?.display(bundle(draw()), options);
  };
  await send(false);
  let last = performance.now();
  return {
    async update(next) {
      draw = next;
      if (performance.now() - last < BETWEEN) return;
      await send(true);
      last = performance.now();
    },
    async finish(next) {
      draw = next;
      await send(true);
    },
  };
}

/**
 * A polars table as plain HTML, which every front end shows (VS Code shows
 * nothing of polars' own). Numbers stand right, with `digits` decimals, or with
 * none in a column that has whole numbers only.
 *
 * @example
 * ```ts
 * table(pl.DataFrame({ digit: [0, 1], count: [980, 1135] }), { caption: "…" });
 * ```
 */
export function table(
  frame: Pick<DataFrame, "columns" | "toRecords" | "toString">,
  { caption, digits = 2 }: { caption: string; digits?: number },
) {
  const columns = frame.columns;
  const rows = frame.toRecords() as Record<string, unknown>[];
  const isWhole = (name: string) =>
    rows.every((row) => Number.isInteger(row[name] ?? 0));
  const decimals = new Map(
    columns.map((name) => [name, isWhole(name) ? 0 : digits]),
  );
  const cell = (value: unknown, name: string) =>
    typeof value === "number"
      ? `<td style="text-align: right">${
        format(value, decimals.get(name)!)
      }</td>`
      : `<td style="text-align: left">${escapeHtml(String(value ?? ""))}</td>`;
  const isNumber = (name: string) =>
    rows.some((row) => typeof row[name] === "number");
  const head = columns.map((name) =>
    `<th scope="col" style="text-align: ${isNumber(name) ? "right" : "left"}">${
      escapeHtml(name)
    }</th>`
  ).join("");
  const body = rows.map((row) =>
    `<tr>${columns.map((name) => cell(row[name], name)).join("")}</tr>`
  ).join("\n");
  return displayed({
    html:
      `<figure style="margin: 1em 0"><figcaption>${
        escapeHtml(caption)
      }</figcaption><table>\n` +
      `<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody></table></figure>`,
    text: `${caption}\n${frame.toString()}`,
  });
}

function format(value: number, digits: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

if (jupyter()) {
  isMended = await mendKernel({
    mark: (name) =>
      // Front ends know no display of this name, so they show nothing.
      void jupyter()?.broadcast("update_display_data", {
        data: {},
        metadata: {},
        transient: { display_id: name },
      }),
    onCellEnd: () => void (isNewCell = true),
  });
  listenForStop(() => stopping.abort());
}
