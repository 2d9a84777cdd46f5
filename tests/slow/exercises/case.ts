/** Answers to an exercise, and what a wrong one is told. */
export interface Case {
  right: unknown[];
  wrong: [message: RegExp, answer: unknown][];
}
