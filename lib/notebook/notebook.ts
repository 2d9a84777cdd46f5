/**
 * What is shown in a cell, and how a cell is stopped. But for what the relay
 * puts into each kernel, the only file that names Deno.jupyter. Outside a notebook nothing here does
 * anything, but for a script that script.ts shows things for.
 */

import { bundle, type CellOutput } from "./cell_output.ts";
import { stoppedError } from "../errors/stopped.ts";

// Kept from before any cell runs, since a cell may redefine these names.
const { AbortController, crypto, performance } = globalThis;

/** A place in a cell's output that is drawn anew. */
export interface LiveOutput {
  /** Draws it, at most five times a second; of more calls the last counts. */
  update(draw: () => CellOutput): Promise<void>;
  /** Draws the final state, whatever the time. */
  finish(draw: () => CellOutput): Promise<void>;
}

/** Ms between two updates of a live output: the eye wants no more. */
const UPDATE_EVERY_MS = 200;

type Jupyter = typeof Deno.jupyter;

/** Deno.jupyter, or undefined where there is no notebook (it throws there). */
function jupyter(): Jupyter | undefined {
  try {
    return Deno.jupyter;
  } catch {
    return undefined;
  }
}

/** Shows the last state of a live output where there is no notebook. */
let elsewhere: ((shown: CellOutput) => Promise<void>) | undefined;

/** Has this called where there is no notebook to show something in. */
export function showElsewhere(show: typeof elsewhere) {
  elsewhere = show;
}

/** What Stop ends: the trainings of the cell that last had some. */
let stopping = new AbortController();
let isNewCell = true;
/** When Stop was pressed last. */
let stoppedAt = 0;
/** Ms after which a Stop is of another cell, where nobody says when one ends. */
const FORGOTTEN_AFTER_MS = 2_000;
/** Whether the kernel is the course's, whose relay says when a cell ends. */
const IS_OURS = Deno.env.has("COURSE_LIFELINE");
/** Where it looks for what is not to be shown again at the end of the cell. */
const SHOWN = Symbol.for("course.shown");

/**
 * A signal that Stop (or Ctrl-C, or VS Code's interrupt) aborts, for loops of your
 * own that wait; `fit` listens to it by itself. All that asks for it in a cell has
 * the same one, so Stop ends it all.
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
    : performance.now() - stoppedAt > FORGOTTEN_AFTER_MS;
  if (isOld && (IS_OURS || stopping.signal.aborted)) {
    stopping = new AbortController();
  }
  if (isNewCell) void jupyter()?.broadcast("course_listens", {});
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
      await (jupyter() ? send(true) : elsewhere?.(draw()));
    },
  };
}

/** Shows something at once, wherever in a cell it stands. */
export function showNow<T extends CellOutput>(shown: T): T {
  const content = { data: bundle(shown), metadata: {}, transient: {} };
  void jupyter()?.broadcast("display_data", content);
  (globalThis as { [SHOWN]?: Set<CellOutput> })[SHOWN]?.add(shown);
  return shown;
}

if (jupyter()) {
  const stop = () => {
    // What asks for the signal later in this cell is stopped, too.
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
    // Else it would end the kernel.
    Deno.addSignalListener("SIGINT", stop);
    console.warn(
      'This is not the kernel "Deno (course)", so outputs of cells that are run ' +
        "together may get lost: choose it (menu Kernel, Change Kernel)",
    );
  }
}
