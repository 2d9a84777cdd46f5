/** Runs child.ts over many seeds, and goes on behind a call that ended it. */

import { ROOT } from "../../../tools/system.ts";

/** How a call ended; a fault is described in words too. */
const OUTCOMES = ["answered", "refused", "known", "skipped", "wrong"] as const;
export type Outcome = typeof OUTCOMES[number];

/** How calls are made, and what is reported meanwhile. */
export interface Options {
  env?: Record<string, string>;
  onCase?: (seed: number) => void;
  onFault?: (fault: string) => void;
  /** What runs the calls of two seeds and those between. */
  program?: string;
  /** Seconds without a word from it. A call takes some milliseconds. */
  patience?: number;
}

export interface Summary {
  /** How often each operation ended how. */
  counts: Map<string, Record<Outcome, number>>;
  /** Each in a line, with its seed. */
  faults: string[];
}

/** Makes the calls of seeds from `from` up to `to` in a Deno with that environment. */
export async function fuzz(
  from: number,
  to: number,
  options: Options = {},
): Promise<Summary> {
  const summary: Summary = { counts: new Map(), faults: [] };
  for (let next = from; next < to;) {
    next = await runChild({ from: next, to }, summary, options);
  }
  return summary;
}

/** Gives the first seed that is still to do. */
async function runChild(
  { from, to }: { from: number; to: number },
  summary: Summary,
  {
    env = {},
    onCase = () => {},
    onFault = () => {},
    program = "tests/faults/fuzz/child.ts",
    patience = 60,
  }: Options,
): Promise<number> {
  const add = (fault: string) => {
    summary.faults.push(fault);
    onFault(fault);
  };
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", program, `${from}`, `${to}`],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let isHanging = false, phase = "", seed = from;
  const giveUp = () => {
    isHanging = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(giveUp, 1_000 * patience);
  for await (const line of linesOf(child.stdout)) {
    clearTimeout(timer);
    timer = setTimeout(giveUp, 1_000 * patience);
    const [word, number, ...name] = line.split(" ");
    phase = word;
    if (word === "end") seed = to;
    else seed = Number(number);
    if (word === "fault") add(line.slice("fault ".length));
    if (!OUTCOMES.includes(word as Outcome)) continue;
    count(summary, name.join(" "), word as Outcome);
    onCase(seed);
  }
  clearTimeout(timer);
  const { code, signal } = await child.status;
  if (phase === "end") return to;
  const ended = isHanging
    ? `no answer for ${patience} s`
    : `the process ended with ${signal ?? code}`;
  add(`${seed} ${ended}, on ${phase || "its start"}`);
  return seed + 1;
}

function count({ counts }: Summary, name: string, outcome: Outcome) {
  const none = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
  const one = counts.get(name) ?? none as Record<Outcome, number>;
  one[outcome]++;
  counts.set(name, one);
}

async function* linesOf(stream: ReadableStream<Uint8Array>) {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** What came of it, all operations together. */
export function totals({ counts }: Summary): Record<Outcome, number> {
  const sums = OUTCOMES.map((outcome) => [
    outcome,
    [...counts.values()].reduce((sum, one) => sum + one[outcome], 0),
  ]);
  return Object.fromEntries(sums);
}
