/** Checks the type and shape of an answer, and reports mistakes in it. */

/** The error that a check throws; the student reads its message. */
export class Mistake extends Error {}

/** Checks by the id of the exercise; a wrong answer throws a {@linkcode Mistake}. */
export type Checks = Record<string, (answer: unknown) => void>;

/** @throws {Mistake} with the message `mistake`, unless `right` is true. */
export function insist(right: boolean, mistake: string): asserts right {
  if (!right) throw new Mistake(mistake);
}

/** Describes an answer in a few words. */
function nameOf(answer: unknown): string {
  if (answer === undefined) return "nothing (`undefined`)";
  if (answer === null) return "`null`";
  if (answer instanceof Promise) return "a promise: put `await` before it";
  if (isList(answer)) return `a list of ${count(answer.length)}`;
  if (typeof answer === "object") {
    return `an object with ${
      Object.keys(answer).join(", ") || "nothing in it"
    }`;
  }
  return typeof answer === "string" ? "a text" : `a ${typeof answer}`;
}

function isList(answer: unknown): answer is ArrayLike<unknown> {
  return Array.isArray(answer) ||
    ArrayBuffer.isView(answer) && !(answer instanceof DataView);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Returns the answer if it is a finite number, and throws a Mistake if not. */
export function numberIn(answer: unknown, name = "The answer"): number {
  insist(
    typeof answer === "number",
    `${name} should be a number; it is ${nameOf(answer)}.`,
  );
  insist(Number.isFinite(answer), `${name} is ${answer}, no finite number.`);
  return answer;
}

/** Returns the answer if it is a list of `length` finite numbers (or any length). */
export function numbersIn(
  answer: unknown,
  length?: number,
  name = "The answer",
): ArrayLike<number> {
  const wanted = length === undefined
    ? "a list of numbers"
    : `a list of ${count(length)} numbers`;
  insist(
    isList(answer),
    `${name} should be ${wanted}; it is ${nameOf(answer)}.`,
  );
  insist(
    length === undefined || answer.length === length,
    `${name} should be ${wanted}; there are ${count(answer.length)}.`,
  );
  for (let i = 0; i < answer.length; i++) {
    const value = answer[i];
    insist(
      typeof value === "number",
      `${name} should be ${wanted}; number ${i} is ${nameOf(value)}.`,
    );
    insist(Number.isFinite(value), `${name} holds ${value} (number ${i}).`);
  }
  return answer as ArrayLike<number>;
}

/** Returns the answer if it is a list of `length` whole numbers from 0 to below - 1. */
export function wholeNumbersIn(
  answer: unknown,
  { length, below, name }: { length: number; below: number; name: string },
): number[] {
  const numbers = Array.from(numbersIn(answer, length, name));
  const odd = numbers.find((value) =>
    !Number.isInteger(value) || value < 0 || value >= below
  );
  insist(
    odd === undefined,
    `${name} should be whole numbers from 0 to ${below - 1}; ${odd} is none.`,
  );
  return numbers;
}

/** Returns the answer if it is `images` images of 28 x 28 pixels in [0, 1]. */
export function imagesIn(
  answer: unknown,
  images: number,
  name = "The answer",
): Float32Array {
  const pixels = numbersIn(answer, images * 784, name);
  for (let i = 0; i < pixels.length; i++) {
    insist(
      pixels[i] >= 0 && pixels[i] <= 1,
      `${name} has a pixel of ${pixels[i].toFixed(2)}, outside of 0 to 1.`,
    );
  }
  return pixels instanceof Float32Array ? pixels : Float32Array.from(pixels);
}

/** Returns the answer if it is an object that has all of these fields. */
export function fieldsIn<Name extends string>(
  answer: unknown,
  names: readonly Name[],
): Record<Name, unknown> {
  const wanted = `an object { ${names.join(", ")} }`;
  insist(
    typeof answer === "object" && answer !== null && !isList(answer) &&
      !(answer instanceof Promise),
    `The answer should be ${wanted}; it is ${nameOf(answer)}.`,
  );
  const missing = names.find((name) => !(name in answer));
  insist(
    missing === undefined,
    `The answer should be ${wanted}; "${missing}" is missing.`,
  );
  return answer as Record<Name, unknown>;
}
