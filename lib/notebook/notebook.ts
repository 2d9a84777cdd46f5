/**
 * Shows outputs in a cell, and lets Stop end a cell. Apart from the code that the
 * relay puts into each kernel, only this file names Deno.jupyter. Outside a notebook
 * it does nothing, except in a script whose outputs script.ts shows.
 */

import { bundle, type CellOutput } from "./cell_output.ts";
import { stoppedError } from "../errors/stopped.ts";

// Kept from before any cell runs, since a cell may redefine these names.
const { AbortController, crypto, performance } = globalThis;

/** An output of a cell that is redrawn in place. */
export interface LiveOutput {
  /** Redraws it, at most five times a second; calls in between draw nothing. */
  update(draw: () => CellOutput): Promise<void>;
  /** Draws the final state, however recent the last update is. */
  finish(draw: () => CellOutput): Promise<void>;
}

/** Milliseconds between two updates of a live output, often enough for the eye. */
const UPDATE_EVERY_MS = 200;

type Jupyter = typeof Deno.jupyter;

/** Deno.jupyter, or undefined outside a notebook, where reading it throws. */
function jupyter(): Jupyter | undefined {
  try {
    return Deno.jupyter;
  } catch {
    return undefined;
  }
}

/** Shows the final state of a live output outside a notebook. */
let showOutside: ((shown: CellOutput) => Promise<void>) | undefined;

/** Sets the function that shows outputs outside a notebook. */
export function showElsewhere(show: typeof showOutside) {
  showOutside = show;
}

/** Stop aborts this: the training of the cell that last asked for a signal. */
let stopping = new AbortController();
let isNewCell = true;
/** When Stop was last pressed, in milliseconds of performance.now(). */
let stoppedAt = 0;
/** Milliseconds after which a Stop belongs to an earlier cell, in other kernels. */
const STOP_LASTS_MS = 2_000;
/** Whether this is the course's kernel, whose relay tells when a cell ends. */
const IS_OURS = Deno.env.has("COURSE_LIFELINE");
/** Under this name the kernel looks up outputs that were already shown. */
const SHOWN = Symbol.for("course.shown");

/**
 * A signal that Stop (or Ctrl-C, or VS Code's interrupt) aborts, for your own loops
 * that wait; `fit` already listens to it. All calls in one cell return the same
 * signal, so Stop ends everything in the cell.
 *
 * @example
 * ```ts
 * while (true) {
 *   stopSignal().throwIfAborted();
 *   await new Promise((resolve) => setTimeout(resolve, 100));
 * }
 * ```
 */
export function stopSignal(): AbortSignal {
  const isOld = IS_OURS
    ? isNewCell
    : performance.now() - stoppedAt > STOP_LASTS_MS;
  if (isOld && (IS_OURS || stopping.signal.aborted)) {
    stopping = new AbortController();
  }
  if (isNewCell) void jupyter()?.broadcast("course_listens", {});
  isNewCell = false;
  return stopping.signal;
}

/**
 * Shows an output that `update` and `finish` can redraw in place.
 *
 * @example
 * ```ts
 * const live = await liveOutput(() => trainingFigure(start));
 * ```
 */
export async function liveOutput(draw: () => CellOutput): Promise<LiveOutput> {
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
      if (performance.now() - last < UPDATE_EVERY_MS) return;
      await send(true);
      last = performance.now();
    },
    async finish(next) {
      draw = next;
      await (jupyter() ? send(true) : showOutside?.(draw()));
    },
  };
}

/** Shows an output immediately, even if it is not the last value of a cell. */
export function showNow<T extends CellOutput>(shown: T): T {
  const content = { data: bundle(shown), metadata: {}, transient: {} };
  void jupyter()?.broadcast("display_data", content);
  (globalThis as { [SHOWN]?: Set<CellOutput> })[SHOWN]?.add(shown);
  return shown;
}

if (jupyter()) {
  const stop = () => {
    // Code that asks for the signal later in this cell is stopped too.
    if (isNewCell) stopping = new AbortController();
    isNewCell = false;
    stopping.abort(stoppedError("Stopped by you"));
    stoppedAt = performance.now();
  };
  Object.assign(globalThis, {
    [Symbol.for("course.stop")]: stop,
    [Symbol.for("course.ended")]: () => void (isNewCell = true),
  });
  if (!IS_OURS) {
    // Without a listener the interrupt would end the kernel.
    Deno.addSignalListener("SIGINT", stop);
    console.warn(
      'This is not the kernel "Deno (course)", so outputs of cells that are run ' +
        "together may get lost: choose it (menu Kernel, Change Kernel)",
    );
  }
}
