/** How fast this machine trains, and how long the notebooks will take on it. */

import { kernelEnvironment } from "./flags.ts";
import { capture, ROOT } from "./system.ts";

/** Ms of a training step of the tutorial's network, and of a U-Net. */
export type Pace = [network: number, uNet: number];

/** How long the cells of a notebook took, and on how fast a machine. */
export interface Run {
  seconds: number[];
  pace: Pace;
}

/**
 * Measures the pace of the course's kernel on this machine, in three seconds;
 * undefined where the backend does not run.
 */
export async function measurePace(): Promise<Pace | undefined> {
  const { success, stdout } = await capture(Deno.execPath(), [
    "run",
    "-A",
    "tools/time_steps.ts",
  ], { cwd: ROOT, env: await kernelEnvironment() });
  return success ? JSON.parse(stdout) : undefined;
}

/** How many times as long one pace takes as another. */
export function slowness(here: Pace, there: Pace): number {
  return Math.sqrt((here[0] / there[0]) * (here[1] / there[1]));
}

/** Seconds that a notebook will take here, by an earlier run. */
export function foretell({ seconds, pace }: Run, here: Pace): number {
  return seconds.reduce((sum, next) => sum + next, 0) * slowness(here, pace);
}

/** Seconds that a run must last until its own pace counts as the one foretold. */
const TRUST = 30;
/** The time left that is shown may grow by a fifth at most. */
const GROWTH = 1.2;

/** How long several notebooks still take, corrected as they run. */
export class TimeLeft {
  readonly #foretold: number[];
  #took: number[] = [];
  #least = Infinity;

  /** Seconds foretold of each notebook. */
  constructor(foretold: number[]) {
    this.#foretold = foretold;
  }

  /** One more notebook took so many seconds; returns what is left, in words. */
  add(seconds: number): string {
    this.#took.push(seconds);
    const done = this.#took.length;
    const sum = (numbers: number[]) => numbers.reduce((s, n) => s + n, 0);
    const correction = (sum(this.#took) + TRUST) /
      (sum(this.#foretold.slice(0, done)) + TRUST);
    const left = correction * sum(this.#foretold.slice(done));
    if (left > GROWTH * this.#least) {
      return minutes(this.#least).replace("about", "more than");
    }
    this.#least = Math.min(this.#least, left);
    return minutes(left);
  }
}

/** The last run that a notebook's file records, or undefined. */
export async function lastRun(path: string): Promise<Run | undefined> {
  try {
    const { metadata } = JSON.parse(await Deno.readTextFile(path));
    return metadata.course?.pace ? metadata.course : undefined;
  } catch {
    return undefined; // not there, or never run
  }
}

/** "under a minute", "about 3 minutes". */
export function minutes(seconds: number): string {
  if (seconds < 50) return "under a minute";
  const whole = Math.max(1, Math.round(seconds / 60));
  return whole === 1 ? "about a minute" : `about ${whole} minutes`;
}
