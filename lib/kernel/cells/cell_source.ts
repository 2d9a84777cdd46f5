/**
 * What Deno's kernel is given of a cell: the cell with its imports checked, and
 * behind it a comment from which error_lines.ts learns whose lines are in an error,
 * and where they stood.
 */

import { checkImports } from "./imports.ts";
import { lineOfLast, withLastShown } from "../inside/last_value.ts";
import { transpile } from "./transpile.ts";

/** The text for the kernel of the cell with this number in brackets before it. */
export function cellSource(code: string, number: number): string {
  const { text, program, last = "" } = prepare(code);
  // The kernel reads a cell as an object if it begins so and does not end in ";".
  const end = code.trimEnd().endsWith(";") ? ";" : "";
  const place = `cell:${number}:${program?.mappings ?? ""}:${last}${end}`;
  return `${text}\n//# sourceURL=${place}\n`;
}

/**
 * What is made of a cell, the program that the kernel makes of that, if it is sure,
 * and the line of its last value, if that is shown.
 */
export function prepare(code: string) {
  const { checked, like } = checkImports(code);
  if (like === undefined) return { text: checked };
  const last = lineOfLast(like);
  if (last !== undefined) {
    const text = withLastShown(checked, last);
    const program = programLike(withLastShown(like, last));
    // An import is no value, though what stands for it is one.
    if (transpile(text)) return { text, program, last };
  }
  return { text: checked, program: programLike(like) };
}

/**
 * A program with the lines of that which the kernel makes of a cell without imports,
 * and where they stood in it. Undefined where that is not sure.
 */
export function programLike(code: string) {
  const found = transpile(withoutExport(code));
  const isSure = found && !isObject(code) && !OTHERWISE.test(found.program);
  return isSure ? found : undefined;
}

/**
 * Of these the kernel makes what may have other lines: exports, decorators, and
 * members of a class whose names are computed, such as `[Symbol.iterator]() {`.
 */
const OTHERWISE = new RegExp(
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

/** The kernel leaves the word out. */
function withoutExport(code: string): string {
  return code.replaceAll(
    /^([ \t]*)export(?=\s+(const|let|var|function|async|class|abstract|enum|namespace)\b)/gm,
    "$1      ",
  );
}
