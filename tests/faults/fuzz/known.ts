/** Where tfjs itself is wrong, so that ours may differ, or no call is made. */

import type { Call } from "./call.ts";
import { isDrawn } from "./draw.ts";

/** A fault of tfjs. */
export interface Known {
  reason: string;
  isIt: (call: Call, difference: string) => boolean;
}

/** Where each operation that draws numbers has its seed. */
const SEEDS: Record<string, number> = {
  ...{ dropout: 3, multinomial: 2, randomGamma: 4, randomNormal: 4 },
  ...{ randomStandardNormal: 2, randomUniform: 4, randomUniformInt: 3 },
  truncatedNormal: 4,
};

/** Faults of the judge. */
export const KNOWN: Known[] = [{
  reason:
    "cpu goes on with a tensor, or with windows, of a size below zero or " +
    "between whole numbers, and answers what is left of it",
  isIt: (_, difference) =>
    /^RangeError: Cannot (make a tensor of shape|move a window) .*where cpu: [a-z]/
      .test(difference),
}, {
  reason: "a seed of 0 or NaN is none to tfjs: then it draws others each time",
  isIt: ({ name, arguments: arguments_ }, difference) =>
    name in SEEDS && !arguments_[SEEDS[name]] &&
    /^numbers? /.test(difference),
}, {
  reason:
    "where a window's largest is -Infinity, cpu gives its gradient to no " +
    "pixel; ours to the first that has it, as where it is any other number",
  isIt: ({ name, arguments: [x], hasGradient }, difference) =>
    hasGradient && /^(maxPool|pool)$/.test(name) && isDrawn(x) &&
    x.kind === "special" && /^numbers are off/.test(difference),
}, {
  reason:
    "tfjs-core keeps what customGrad was given to save, when its function " +
    "throws afterwards",
  isIt: ({ name, hasGradient }, difference) =>
    hasGradient && name === "losses.softmaxCrossEntropy" &&
    /are kept \(Error: neg does not support/.test(difference),
}, {
  reason: "cpu's BatchToSpaceND, when it throws in its last step, gives back " +
    "nothing of what it made before",
  isIt: ({ name }, difference) =>
    /^(spaceToBatchND|batchToSpaceND)$/.test(name) &&
    /^0 tensors and \d+ bytes are kept \(Error: Error in slice/
      .test(difference),
}];

/** Calls that never come back, on any backend; they are not made. */
export const ENDLESS: Known[] = [{
  reason: "tfjs-core cuts frames as long as the next one starts inside: for " +
    "ever, where it does not start further on",
  isIt: ({ name, arguments: [, , step] }) =>
    /^signal\.(frame|stft)$/.test(name) && !(Number(step) > 0),
}, {
  reason: "tfjs-core draws until a number lies within two deviations",
  isIt: ({ name, arguments: [, mean = 0, deviation = 1] }) =>
    name === "truncatedNormal" &&
    !(Number(mean) <= Infinity && Number(deviation) >= 0),
}];
