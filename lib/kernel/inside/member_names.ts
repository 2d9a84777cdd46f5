/** Lists the members of a value in the kernel, for Tab. */

/** Puts the function where completion.ts calls it; it answers by "course_names". */
export function offerNames(
  tell: (answer: { question: number; names: string[] }) => void,
) {
  const tellNames = (question: number, value: () => unknown) => {
    let found: string[] = [];
    try {
      found = namesOf(value());
    } catch {
      // There is no such value, or it throws when one looks at it.
    }
    tell({ question, names: found });
  };
  Object.assign(globalThis, { [Symbol.for("course.names")]: tellNames });
}

/** Its own names first, then those of its class. */
function namesOf(value: unknown): string[] {
  // deno-lint-ignore no-explicit-any -- Deno's internals have no types
  const { core } = (Deno as any)[(Deno as any).internal];
  const names = new Set<string>();
  let object = value === null || value === undefined ? null : Object(value);
  while (object !== null) {
    // A table of polars is a proxy that shows its columns instead of its own names.
    const [inner] = core.getProxyDetails(object) ?? [object];
    for (const name of Reflect.ownKeys(inner)) {
      const isName = typeof name === "string" && /^[a-z$][\w$]*$/i.test(name);
      if (isName && name !== "constructor") names.add(name);
    }
    object = Object.getPrototypeOf(object);
  }
  return [...names];
}
