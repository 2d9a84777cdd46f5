/**
 * Finds the faster of two variants of a task by running both. Which one it is
 * depends on the machine, on V8's flags and on the number of threads, so each
 * pool of threads has choices of its own.
 */

import type { Pool } from "./pool.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { performance } = globalThis;

/** Runs of both variants together before the faster one is kept. */
const TRIAL_RUNS = 24;
/** Choices that an autotuner remembers; a network needs some dozens. */
const MAX_CHOICES = 1_024;

/** Two ways to the same result, to the same bits. */
export type Variant = 0 | 1;

/** What was measured of a task. */
interface Choice {
  runs: number;
  /** The shortest run of each variant, in ms for a unit of work. */
  shortest: [number, number];
}

/** Chooses between two variants for each of many tasks. */
export class Autotuner {
  readonly #choices = new Map<string, Choice>();
  readonly #maxChoices: number;
  readonly #now: () => number;

  /** `now` is a clock in ms; beyond `maxChoices` the oldest is forgotten. */
  constructor(
    { maxChoices = MAX_CHOICES, now = () => performance.now() } = {},
  ) {
    this.#maxChoices = maxChoices;
    this.#now = now;
  }

  /** How many tasks it remembers. */
  get size(): number {
    return this.#choices.size;
  }

  /**
   * Runs `use` with a variant: both in turn at first, then the one that had the
   * shortest run for the `amount` of work. `key` names the task and its sizes.
   */
  run<T>(
    { key, amount }: { key: string; amount: number },
    use: (variant: Variant) => T,
  ): T {
    const choice = this.#choiceOf(key), [first, second] = choice.shortest;
    if (choice.runs >= TRIAL_RUNS) return use(second < first ? 1 : 0);
    const variant = (choice.runs++ % 2) as Variant;
    const start = this.#now();
    const result = use(variant);
    const time = (this.#now() - start) / amount;
    choice.shortest[variant] = Math.min(choice.shortest[variant], time);
    return result;
  }

  /** The choice of a task, which becomes the one used last. */
  #choiceOf(key: string): Choice {
    const choices = this.#choices;
    const choice = choices.get(key) ??
      { runs: 0, shortest: [Infinity, Infinity] };
    // A map keeps the order in which its keys were put there.
    choices.delete(key);
    if (choices.size === this.#maxChoices) {
      choices.delete(choices.keys().next().value!);
    }
    choices.set(key, choice);
    return choice;
  }
}

const autotuners = new WeakMap<Pool, Pick<Autotuner, "run">>();

/** Lets a pool choose in another way than by time: a test decides by itself. */
export function setAutotuner(pool: Pool, autotuner: Pick<Autotuner, "run">) {
  autotuners.set(pool, autotuner);
}

/** Runs the faster variant of a task on a pool; see {@linkcode Autotuner}. */
export function runFaster<T>(
  pool: Pool,
  task: { key: string; amount: number },
  use: (variant: Variant) => T,
): T {
  let autotuner = autotuners.get(pool);
  if (!autotuner) autotuners.set(pool, autotuner = new Autotuner());
  return autotuner.run(task, use);
}
