/** Refuses unknown options: notebook cells run without a check of their types. */

import { inWords } from "./in_words.ts";

/** Names that other libraries give to our options, without capitals, and ours. */
const OTHER_NAMES: Record<string, string> = {
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
 * Refuses options that are not among `known`, and suggests which one may have
 * been meant. `of` is the name of the function that the options were given to.
 *
 * @throws {TypeError} for an unknown option, or if `options` is not an object.
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
    known.find((name) => name === OTHER_NAMES[plain(unknown)]);
  throw new TypeError(
    `Cannot use the option "${unknown}": ${of} has no such option; ` +
      (meant
        ? `use "${meant}"`
        : `its options are ${new Intl.ListFormat("en").format(known)}`),
  );
}

/** Finds the known name that `name` may have been meant to be, if there is one. */
export function meantBy(
  name: string,
  known: readonly string[],
): string | undefined {
  return known.find((other) => isAlike(other, name));
}

/** A name in lower case, with only its letters and digits. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Whether two names differ only in spelling, or one begins with the other. */
function isAlike(name: string, other: string): boolean {
  const [a, b] = [plain(name), plain(other)];
  const isLong = Math.min(a.length, b.length) > 2;
  return isLong && (a.startsWith(b) || b.startsWith(a));
}
