/** Members of TensorFlow.js that are not public: they are looked for before use. */

import { version_core } from "@tensorflow/tfjs-core";

/** Whether each member is a method or a field. */
export type Kinds<Members> = {
  readonly [Name in keyof Members]: Members[Name] extends
    (...args: never[]) => unknown ? "method" : "field";
};

/**
 * Looks whether an object of TensorFlow.js has the members that we use, and returns
 * it with their types. `of` says what it is, such as "Engine".
 *
 * @throws {Error} that names the first one that is missing, as it may be in another
 * version than 4.22.
 */
export function withMembers<Members>(
  owner: object,
  of: string,
  kinds: Kinds<Members>,
): Members {
  const members = owner as Record<string, unknown>;
  const missing = Object.entries(kinds).find(([name, kind]) =>
    kind === "method" ? typeof members[name] !== "function" : !(name in owner)
  );
  if (missing === undefined) return owner as Members;
  const [name, kind] = missing;
  throw new Error(
    `Cannot use TensorFlow.js ${version_core}: its ${of} has no ${kind} "${name}", ` +
      `which our corrections and our backend need; use version 4.22.0 of each ` +
      `@tensorflow package`,
  );
}
