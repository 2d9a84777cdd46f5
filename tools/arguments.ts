/** Reads the command line of a program, and says how to use it when it is wrong. */

import { parseArgs, type ParseArgsConfig } from "node:util";

type Flags = NonNullable<ParseArgsConfig["options"]>;

/**
 * What stands on the command line, checked.
 *
 * @param usage such as "deno run -A bench/step.ts [BACKEND [STEPS]]"
 * @param config the options that there are, and how few and how many words may stand
 * beside them: none, unless it says more.
 * @throws {RangeError} with the usage, for an unknown option or another number of words.
 */
export function readArguments<const Known extends Flags>(
  usage: string,
  { options = {} as Known, least = 0, most = least, args = Deno.args }: {
    options?: Known;
    least?: number;
    most?: number;
    args?: string[];
  },
) {
  const refused = (why: string) =>
    new RangeError(`Cannot run "${args.join(" ")}": ${why}\nUsage: ${usage}`);
  let read;
  try {
    read = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    // Its second sentence is of words that begin with a dash; we have none.
    throw refused((error as Error).message.split(". ")[0]);
  }
  const { length } = read.positionals;
  if (length < least) throw refused("something is missing");
  if (length > most) throw refused(`"${read.positionals[most]}" is too much`);
  return read;
}

/**
 * A whole number from the command line.
 *
 * @throws {RangeError} when the text is no whole number from `least` up.
 */
export function wholeNumber(text: string, least = 0): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least) return number;
  throw new RangeError(
    `Cannot use "${text}" as a number: give a whole one from ${least} up`,
  );
}
