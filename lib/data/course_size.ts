import { resolve } from "node:path";

/** How much data and training a run of the notebooks uses, set in one place. */
export interface Size {
  /** Number of digits to train on, and to test on. */
  train: number;
  test: number;
  epochs: number;
  /** Where notebook 04 saves its model and history for later notebooks. */
  folder: string;
}

/** Relative to this file, so that notebooks in any folder use the same place. */
const DATA = resolve(import.meta.dirname!, "../../data");
const FULL = {
  train: 60_000,
  test: 10_000,
  epochs: 10,
  folder: `${DATA}/run`,
};
const QUICK = { train: 2_560, test: 500, epochs: 2, folder: `${DATA}/quick` };

/**
 * All of MNIST and ten epochs. If the environment variable COURSE_QUICK is set,
 * it is just enough to see that every cell runs.
 */
export function courseSize(): Size {
  return Deno.env.get("COURSE_QUICK") ? QUICK : FULL;
}
