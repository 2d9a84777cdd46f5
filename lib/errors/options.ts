/** Options that a function does not know: cells run with their types unchecked. */

import { inWords } from "./in_words.ts";

/** What others call an option of ours. */
const ELSEWHERE: Record<string, string> = {
  lr: "learningRate",
  nepochs: "epochs",
  numepochs: "epochs",
  nbepoch: "epochs",
  callback: "callbacks",
  testdata: "validationData",
  abortsignal: "signal",
  noisefactor: "factor",
  noiselevel: "factor",
  stddev: "factor",
  std: "sigma",
  randomstate: "seed",
  rng: "random",
  title: "caption",
  nclasses: "classes",
  numclasses: "classes",
  ncomponents: "components",
};

/**
 * Refuses options that are not among `known`, and says which may have been
 * meant. `of` is the function that they were given to.
 *
 * @throws {TypeError} for an option that is not known, or no object of options.
 */
export function checkOptions(
  of: string,
  options: object,
  known: readonly string[],
) {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot use "${
        inWords(options)
      }" as the options of ${of}: write them in braces, ` +
        `such as { ${known[0]}: … }`,
    );
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = meantBy(unknown, known) ??
    known.find((name) => name === ELSEWHERE[plain(unknown)]);
  throw new TypeError(
    `Cannot use the option "${unknown}": ${of} has no such option; ` +
      (meant
        ? `use "${meant}"`
        : `its options are ${new Intl.ListFormat("en").format(known)}`),
  );
}

/** Which of the names that are known may have been meant by another, if any. */
export function meantBy(
  name: string,
  known: readonly string[],
): string | undefined {
  return known.find((other) => isAlike(other, name));
}

/** A name without its capitals and underscores. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Whether one is the other written otherwise, or with a few letters more. */
function isAlike(name: string, other: string): boolean {
  const [a, b] = [plain(name), plain(other)];
  const isLong = Math.min(a.length, b.length) > 2;
  return isLong && (a.startsWith(b) || b.startsWith(a));
}
