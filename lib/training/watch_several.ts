import type { TrainingWatch } from "./events.ts";
import { inWords } from "../errors/in_words.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { performance } = globalThis;

/**
 * Shows so many trainings, one after the other, as one: for `watch` each of them is
 * an epoch, of as many batches as the first one has steps. What a cell does between
 * two trainings counts as time; the loss is that of the training under way. The cell
 * keeps what it has trained: after a stop it is run again with a new watch, for those
 * that are left (which may be none).
 *
 * @example
 * ```ts
 * const watch = watchSeveral(5, watchProgress("Five seeds"));
 * for (const model of models) await fit(model, noisy, clean, { watch });
 * ```
 *
 * @throws {RangeError} when the number of trainings is no whole number from 0 up.
 * @throws {TypeError} when there is no watch.
 */
export function watchSeveral(
  trainings: number,
  watch: TrainingWatch,
): TrainingWatch {
  if (!Number.isInteger(trainings) || trainings < 0) {
    throw new RangeError(
      `Cannot watch "${inWords(trainings)}" trainings: give a whole number ` +
        `from 0 up`,
    );
  }
  if (typeof watch?.begin !== "function") {
    throw new TypeError(
      `Cannot show the trainings by "${
        inWords(watch)
      }": give a watch, such as ` +
        `watchProgress("Five seeds")`,
    );
  }
  let done = 0, began: number | undefined;
  /** Steps of the first training, and of the one under way. */
  let batches = 0, steps = 0;
  return {
    async begin(start) {
      steps = start.epochs * start.batches;
      if (began !== undefined) return;
      began = performance.now();
      batches = steps;
      await watch.begin({
        ...{ epochs: trainings, batches, loss: start.loss, isSaved: false },
        ...{ step: 0, elapsed: 0, curve: [], history: [] },
      });
    },
    async batch(event) {
      const made = (event.epoch - 1) * event.batches + event.batch;
      const batch = Math.floor(batches * made / steps);
      const elapsed = performance.now() - began!;
      const place = { epoch: done + 1, epochs: trainings, batch, batches };
      await watch.batch({ ...event, ...place, elapsed });
    },
    async epoch() {},
    async end(how) {
      if (how === "done") done++;
      if (how !== "done" || done === trainings) await watch.end(how);
    },
  };
}
