/**
 * The text that Deno's kernel runs for a cell: the cell with its imports checked,
 * and a comment at its end from which error_lines.ts finds the cell and the line
 * of an error.
 */

import { checkImports } from "./imports.ts";
import { lineOfLast, withLastShown } from "./last_value.ts";
import { transpile } from "./transpile.ts";

/** The text that the kernel runs for the cell with this number. */
export function cellSource(code: string, number: number): string {
  const { text, program, last = "" } = prepare(code);
  // The kernel reads a cell as an object if it begins so and does not end in ";".
  const end = code.trimEnd().endsWith(";") ? ";" : "";
  const place = `cell:${number}:${program?.mappings ?? ""}:${last}${end}`;
  return `${text}\n//# sourceURL=${place}\n`;
}

/**
 * Rewrites a cell. Returns its new text, the program that the kernel will compile
 * from it, where that is certain, and the line at which the value begins that the
 * cell ends with, where we show it.
 */
export function prepare(code: string) {
  const { checked, like } = checkImports(code);
  if (like === undefined) return { text: checked };
  const last = lineOfLast(like);
  if (last !== undefined) {
    const text = withLastShown(checked, last);
    const program = programLike(withLastShown(like, last));
    // An import is no value, although the placeholder for it is one.
    if (transpile(text)) return { text, program, last };
  }
  return { text: checked, program: programLike(like) };
}

/**
 * Compiles a cell without imports into a program that has the same lines as the
 * kernel's own, with its source map. Undefined where that is not certain.
 */
export function programLike(code: string) {
  const found = transpile(withoutExport(code));
  const isSure = found && !isObject(code) && !OTHER_LINES.test(found.program);
  return isSure ? found : undefined;
}

/**
 * Code that the kernel may compile into other lines than we do: exports, decorators,
 * and members of a class whose names are computed, such as `[Symbol.iterator]() {`.
 */
const OTHER_LINES = new RegExp(
  [
    String.raw`^[ \t]*(export |@)`,
    String.raw`\baccessor\b`,
    String.raw`^[ \t]+(static |async |get |set |\*)*` +
    String.raw`\[[\w$]*[^\w$\],\n][^\],\n]*\]( =|\(.*\{$)`,
  ].join("|"),
  "m",
);

/** The kernel reads a cell as an object first, and if that throws, as statements. */
function isObject(code: string): boolean {
  return code.trimStart().startsWith("{") && !!transpile(`(${code}\n)`);
}

/** The kernel removes the word `export`. */
function withoutExport(code: string): string {
  return code.replaceAll(
    /^([ \t]*)export(?=\s+(const|let|var|function|async|class|abstract|enum|namespace)\b)/gm,
    "$1      ",
  );
}
