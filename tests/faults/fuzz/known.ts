/** Where tfjs itself is wrong, so that ours may differ, or no call is made. */

import type { Call } from "./call.ts";

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
}];

/** Whether a number is one above zero. */
function isPositive(argument: unknown): boolean {
  return Number.isFinite(argument) && argument as number > 0;
}

/** Calls that never come back, on any backend; they are not made. */
export const ENDLESS: Known[] = [{
  reason: "tfjs-core cuts frames as long as the next one starts inside: for " +
    "ever, where it does not start further on",
  isIt: ({ name, arguments: [, , step] }) =>
    /^signal\.(frame|stft)$/.test(name) && !isPositive(step),
}, {
  reason: "tfjs-core draws until a number lies within two deviations",
  isIt: ({ name, arguments: [, mean, deviation] }) =>
    name === "truncatedNormal" &&
    !(Number.isFinite(mean) && isPositive(deviation)),
}, {
  reason: "tfjs-core draws until a number is accepted",
  isIt: ({ name, arguments: [, alpha, beta] }) =>
    name === "randomGamma" && !(isPositive(alpha) && isPositive(beta)),
}];

/** Calls that never come back on cpu; only ours is asked. */
export const ENDLESS_ON_CPU: Known[] = [{
  reason: "cpu takes steps of 0 from window to window; ours refuses them",
  isIt: ({ name, arguments: arguments_ }) => {
    const [, attrs] = arguments_ as { strides?: unknown }[];
    const strides = name === "conv2dTranspose"
      ? arguments_[3]
      : /^kernel .*(Backprop|Pool)/.test(name)
      ? attrs?.strides
      : undefined;
    return [strides].flat().includes(0);
  },
}];
