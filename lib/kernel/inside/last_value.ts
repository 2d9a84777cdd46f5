/**
 * The value that a cell ends with. Deno's kernel shows nothing of NaN, Infinity, -0
 * and numbers such as 10n, so the last statement of a cell, if it is a value, is
 * handed to `showLast`.
 */

import { transpile } from "../cells/transpile.ts";

/** Stands before the value; `showLast` gives it back. */
const BEFORE = 'globalThis[Symbol.for("course.last")]((';
/** Stands behind it, since that may end in a comment. */
const BEHIND = "\n));";
/** A cell's last statement begins within so many lines, or is left as it is. */
const MOST_LINES = 40;

/** How many columns the first line of the value moves to the right. */
export const MOVED = BEFORE.length;

/** The cell, changed so that the value that begins in this line, from 0, is shown. */
export function withLastShown(code: string, begin: number): string {
  const lines = withoutSemicolon(code).split("\n");
  lines[begin] = BEFORE + lines[begin];
  return lines.join("\n") + BEHIND;
}

/** If a cell ends with a value: the line, counted from 0, in which it begins. */
export function lineOfLast(code: string): number | undefined {
  const lines = code.split("\n"), whole = programOf(lines);
  if (!whole) return undefined;
  const least = Math.max(0, lines.length - MOST_LINES);
  for (let begin = lines.length - 1; begin >= least; begin--) {
    const rest = lines.slice(begin), last = programOf(rest);
    if (!last) continue;
    const before = programOf(lines.slice(0, begin));
    if (before === undefined || before + last !== whole) continue;
    // Of brackets Deno leaves those that are needed, as around a function.
    const value = programOf([`(${withoutSemicolon(rest.join("\n"))}\n)`]);
    // In brackets Deno takes "let [a] = b" for a value, too.
    const isLet = /(^|\*\/)let\[/.test(last);
    return value === last && !isLet ? begin : undefined;
  }
}

function withoutSemicolon(code: string): string {
  return code.trimEnd().replace(/;$/, "");
}

/** What Deno makes of it, without what separates words and lines. */
function programOf(lines: string[]): string | undefined {
  return transpile(lines.join("\n"))?.program.replaceAll(/\s+/g, "");
}

/** In the kernel: shows a last value of which the kernel would show nothing. */
export function showLast(show: (text: string) => void) {
  const { inspect } = Deno;
  const last = (value: unknown) => {
    const isNumber = typeof value === "number" &&
      (!Number.isFinite(value) || Object.is(value, -0));
    if (isNumber || typeof value === "bigint") {
      show(inspect(value, { colors: !Deno.noColor }));
    }
    return value;
  };
  Object.assign(globalThis, { [Symbol.for("course.last")]: last });
}
