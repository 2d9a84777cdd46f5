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

const isOne = Deno.args[0] === "--call";
const numbers = Deno.args.slice(isOne ? 1 : 0).map(Number);
if (numbers.some((number) => !Number.isInteger(number) || number < 0)) {
  throw new RangeError(
    `Cannot fuzz "${Deno.args.join(" ")}": give whole numbers, such as 5000, ` +
      `or --call 1234`,
  );
}
if (isOne) console.log(shown(callOf(numbers[0])));
const [from, to] = isOne
  ? [numbers[0], numbers[0] + 1]
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
