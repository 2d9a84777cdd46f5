/** Answers to an exercise, and the words that a wrong one gets. */
export interface Case {
  right: unknown[];
  wrong: [message: RegExp, answer: unknown][];
}
