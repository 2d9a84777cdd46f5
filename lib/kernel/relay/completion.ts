/**
 * Completion by Tab after a dot. Deno's kernel itself suggests nothing for tables of
 * polars, strings and items of lists, and for a misspelled name the members of the
 * error that it causes.
 */

/** A value that has not answered by then has no suggestions. */
const NAMES_WITHIN_MS = 1_000;

/** A path such as `tf.layers` or `rows[0]`, a dot, and the beginning of a name. */
const MEMBER =
  /(?<![\w$.)\]}"'`?])([a-z_$][\w$]*(?:\.[a-z_$][\w$]*|\[\d+\])*)\.([\w$]*)$/i;

/** The path before the cursor and the beginning of the member after its dot. */
export function memberAt(code: string, cursor: number) {
  // Jupyter counts code points; some of them are two units of a JavaScript string.
  const before = [...code].slice(0, cursor).join("");
  const [, value, beginning] = before.match(MEMBER) ?? [];
  return value === undefined ? undefined : { value, beginning };
}

/** Asks the kernel for names. `run` runs code that no front end sees. */
export class Names {
  #question = 0;
  /** Resolvers of open questions, by their number. */
  readonly #asking = new Map<number, (names: string[]) => void>();

  constructor(private readonly run: (code: string) => Promise<void>) {}

  /** The names of the members of a value, such as `rows[0]`. */
  async in(value: string): Promise<string[]> {
    const question = ++this.#question;
    const answer = new Promise<string[]>((resolve) =>
      this.#asking.set(question, resolve)
    );
    const tell = `globalThis[Symbol.for("course.names")]`;
    void this.run(`${tell}(${question}, () => ${value}); void 0`);
    const late = new Promise<string[]>((resolve) =>
      setTimeout(resolve, NAMES_WITHIN_MS, [])
    );
    const names = await Promise.race([answer, late]);
    this.#asking.delete(question);
    return names;
  }

  /** The relay calls this with the kernel's answer. */
  heard({ question, names }: { question: number; names: string[] }) {
    this.#asking.get(question)?.(names);
  }
}
