/**
 * What may come after a dot in a cell. Deno's kernel names nothing of a table of
 * polars, a text or what a list holds, and members of an error for a misspelled name.
 */

/** Ms after which a value that does not tell its names has none. */
const NAMES_WITHIN = 1_000;

/** A name and what is in it, such as `tf.layers` or `rows[0]`, a dot, and a beginning. */
const MEMBER =
  /(?<![\w$.)\]}"'`?])([a-z_$][\w$]*(?:\.[a-z_$][\w$]*|\[\d+\])*)\.([\w$]*)$/i;

/** The value whose member stands at a place in a cell, and the member's beginning. */
export function memberAt(code: string, cursor: number) {
  // Jupyter counts letters, of which some are two in JavaScript's texts.
  const before = [...code].slice(0, cursor).join("");
  const [, value, beginning] = before.match(MEMBER) ?? [];
  return value === undefined ? undefined : { value, beginning };
}

/** Asks the kernel for names. `run` has it run a code that no front end sees. */
export class Names {
  #question = 0;
  /** Those who wait for names, by the number of their question. */
  readonly #asking = new Map<number, (names: string[]) => void>();

  constructor(private readonly run: (code: string) => Promise<void>) {}

  /** The names of what is in a value, such as `rows[0]`. */
  async in(value: string): Promise<string[]> {
    const question = ++this.#question;
    const answer = new Promise<string[]>((resolve) =>
      this.#asking.set(question, resolve)
    );
    const tell = `globalThis[Symbol.for("course.names")]`;
    void this.run(`${tell}(${question}, () => ${value}); void 0`);
    const late = new Promise<string[]>((resolve) =>
      setTimeout(resolve, NAMES_WITHIN, [])
    );
    const names = await Promise.race([answer, late]);
    this.#asking.delete(question);
    return names;
  }

  /** To be called when the kernel has answered. */
  heard({ question, names }: { question: number; names: string[] }) {
    this.#asking.get(question)?.(names);
  }
}
