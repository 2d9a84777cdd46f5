/**
 * What Deno's kernel is given of a cell: the cell with its imports checked, and
 * behind it a comment from which error_lines.ts learns whose lines are in an error,
 * and where they stood.
 */

import { checkImports } from "./imports.ts";
import { transpile } from "./transpile.ts";

/** The text for the kernel of the cell with this number in brackets before it. */
export function cellSource(code: string, number: number): string {
  const { checked, like } = checkImports(code);
  // The kernel reads a cell as an object if it begins so and does not end in ";".
  const end = code.trimEnd().endsWith(";") ? ";" : "";
  return `${checked}\n//# sourceURL=cell:${number}:${mappings(like)}:${end}\n`;
}

/** Where what the kernel runs stood in the cell; nothing where that is not sure. */
function mappings(code: string): string {
  const found = transpile(withoutExport(code));
  if (!found || isObject(code) || IMPORT.test(code)) return "";
  return OTHERWISE.test(found.program) ? "" : found.mappings;
}

/** An import that imports.ts does not know; for types alone it leaves no lines. */
const IMPORT = /(^|[;}])[ \t]*import(?!\s*["'(.]|\s+type\b)/m;
/**
 * Of these the kernel makes what may have other lines: exports, decorators, and
 * members of a class whose names are computed, such as `[Symbol.iterator]() {`.
 */
const OTHERWISE = new RegExp(
  [
    String.raw`^\s*(export |@)`,
    String.raw`\baccessor\b`,
    String.raw`^\s+(static |async |get |set |\*)*` +
    String.raw`\[[^\],\n]*[^\w$\],\n][^\],\n]*\]( =|\(.*\{$)`,
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
