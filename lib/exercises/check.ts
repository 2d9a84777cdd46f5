/**
 * Checks the answers to the exercises; the checks are in the files beside it. An
 * exercise stands in four places: its notebook, the notebook of that name in
 * notebooks/solutions/, its check here, and right and wrong answers in
 * tests/slow/exercises/.
 */

import { inWords } from "../errors/in_words.ts";
import { better } from "./better.ts";
import { compression } from "./compression.ts";
import { diffusion } from "./diffusion.ts";
import { evaluate } from "./evaluate.ts";
import { fewLabels } from "./few_labels.ts";
import { fit } from "./fit.ts";
import { inside } from "./inside.ts";
import { limits } from "./limits.ts";
import { load } from "./load.ts";
import { Mistake } from "./mistake.ts";
import { model } from "./model.ts";
import { noise } from "./noise.ts";
import { sound } from "./sound.ts";
import { withoutClean } from "./without_clean.ts";
import { showNow } from "../notebook/notebook.ts";
import {
  type CellOutput,
  displayable,
  escapeHtml,
} from "../notebook/cell_output.ts";

const CHECKS = {
  ...load,
  ...noise,
  ...model,
  ...fit,
  ...evaluate,
  ...limits,
  ...compression,
  ...better,
  ...withoutClean,
  ...diffusion,
  ...fewLabels,
  ...sound,
  ...inside,
};

/** Ids of all exercises that can be checked, sorted. */
export const EXERCISES = Object.keys(CHECKS).sort();

/**
 * Shows whether an answer is right, or what is wrong with it, but never the right
 * answer. The call may stand anywhere in a cell; the exercise tells what to pass.
 *
 * @example
 * ```ts
 * check("01.1", labels); // shows "01.1 is right."
 * ```
 *
 * @throws {RangeError} when there is no such exercise.
 */
export function check(
  id: string,
  answer: unknown,
): CellOutput & { right: boolean } {
  if (typeof id !== "string" || !Object.hasOwn(CHECKS, id)) {
    throw new RangeError(unknown(id));
  }
  try {
    CHECKS[id](answer);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return verdict(id, error.message);
  }
  return verdict(id);
}

function unknown(given: string): string {
  const id = typeof given === "string" ? given : inWords(given);
  const notebook = id.split(".")[0];
  const ids = EXERCISES.filter((other) => other.startsWith(`${notebook}.`));
  return `Cannot check "${id}": ` +
    (ids.length
      ? `the exercises of notebook ${notebook} are ${ids.join(", ")}`
      : `no exercise has this id; ids are such as ${EXERCISES[0]}, the ` +
        `notebook and the exercise`);
}

function verdict(id: string, mistake?: string) {
  const right = mistake === undefined;
  const head = right ? `${id} is right.` : `${id} is not right yet.`;
  const body = mistake ? ` ${mistake}` : "";
  const html = escapeHtml(body).replace(/`([^`]+)`/g, "<code>$1</code>");
  return showNow(displayable({
    right,
    html:
      `<p style="border-left: 4px solid ${right ? "#009e73" : "#d55e00"}; ` +
      `padding-left: 0.6em"><strong>${head}</strong>${html}</p>`,
    text: head + body,
  }));
}
