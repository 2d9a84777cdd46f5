import { resolve } from "node:path";

/** How much a run of the notebooks takes, set in one place. */
export interface Size {
  /** Digits to train on, and to test on. */
  train: number;
  test: number;
  epochs: number;
  /** Where notebook 04 saves its model and history, for the ones after it. */
  folder: string;
}

/** Found from here, so that it is the same for notebooks in other folders. */
const DATA = resolve(import.meta.dirname!, "../../data");
const FULL = {
  train: 60_000,
  test: 10_000,
  epochs: 10,
  folder: `${DATA}/run`,
};
const QUICK = { train: 2_560, test: 500, epochs: 2, folder: `${DATA}/quick` };

/**
 * All of MNIST and ten epochs; or, where the environment variable COURSE_QUICK
 * is set, just enough to see that every cell runs.
 */
export function courseSize(): Size {
  return Deno.env.get("COURSE_QUICK") ? QUICK : FULL;
}
