/**
 * Calls every operation of tfjs with hostile arguments, on this backend and on
 * tfjs's cpu as it comes, with the flags of the course's kernel and with none:
 *
 *     deno task fuzz              100,000 calls of each
 *     deno task fuzz 5000         fewer
 *     deno task fuzz 5000 9000    from the one seed up to the other
 *     deno task fuzz --call 1234  one call, which is printed
 *
 * It fails where the answers differ, memory is kept, or a call crashes or hangs.
 */

import { readArguments, wholeNumber } from "../../../tools/arguments.ts";
import { kernelEnvironment } from "../../../tools/flags.ts";
import { callOf, shown } from "./call.ts";
import { fuzz, type Summary, totals } from "./run.ts";

/** Calls between two lines of progress. */
const STEP = 5_000;

function report(mode: string, summary: Summary) {
  for (const [name, counts] of [...summary.counts].sort()) {
    const words = Object.entries(counts).filter(([, count]) => count > 0)
      .map(([outcome, count]) => `${count} ${outcome}`);
    console.log(`  ${name}: ${words.join(", ")}`);
  }
  console.log(`${mode}:`, totals(summary));
}

const { values, positionals } = readArguments(
  "deno task fuzz [CALLS | FROM TO | --call SEED]",
  { options: { call: { type: "string" } }, most: 2 },
);
const numbers = positionals.map((text) => wholeNumber(text));
const one = values.call === undefined ? undefined : wholeNumber(values.call);
if (one !== undefined) console.log(shown(callOf(one)));
const [from, to] = one !== undefined
  ? [one, one + 1]
  : numbers.length > 1
  ? numbers
  : [0, numbers[0] ?? 100_000];
let faults = 0;
for (
  const [mode, env] of [
    ["with the kernel's flags", await kernelEnvironment()],
    ["without flags", {}],
  ] as const
) {
  const onCase = (seed: number) => {
    if ((seed + 1) % STEP === 0) console.log(`${mode}: ${seed + 1} calls`);
  };
  const onFault = (fault: string) => console.log(`FAULT ${fault}`);
  const summary = await fuzz(from, to, { env, onCase, onFault });
  report(mode, summary);
  faults += summary.faults.length;
}
Deno.exit(faults ? 1 : 0);
