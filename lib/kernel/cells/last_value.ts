/**
 * The value that a cell ends with. Deno's kernel shows nothing for NaN, Infinity, -0
 * and numbers such as 10n, so we wrap the last statement of a cell, if it is an
 * expression, into a call of the function that `showLast` puts into the kernel.
 */

import { transpile } from "./transpile.ts";

/** Text before the value: the call that returns it. */
const BEFORE = 'globalThis[Symbol.for("course.last")]((';
/** Text after it. It begins with a new line, since the value may end in a comment. */
const BEHIND = "\n));";
/** Longer last statements are left alone. */
const MAX_STATEMENT_LINES = 40;

/** By so many columns the first line of the value moves to the right. */
export const MOVED = BEFORE.length;

/** The cell with the value that begins at line `begin`, from 0, wrapped. */
export function withLastShown(code: string, begin: number): string {
  const lines = withoutSemicolon(code).split("\n");
  lines[begin] = BEFORE + lines[begin];
  return lines.join("\n") + BEHIND;
}

/** The line, from 0, at which a cell's last expression begins, if it ends with one. */
export function lineOfLast(code: string): number | undefined {
  const lines = code.split("\n"), whole = programOf(lines);
  if (!whole) return undefined;
  const least = Math.max(0, lines.length - MAX_STATEMENT_LINES);
  for (let begin = lines.length - 1; begin >= least; begin--) {
    const rest = lines.slice(begin), last = programOf(rest);
    if (!last) continue;
    const before = programOf(lines.slice(0, begin));
    if (before === undefined || before + last !== whole) continue;
    // The compiler keeps only parentheses that are needed, as around a function.
    const value = programOf([`(${withoutSemicolon(rest.join("\n"))}\n)`]);
    // In parentheses "let [a] = b" would pass for an expression, too.
    const isLet = /(^|\*\/)let\[/.test(last);
    return value === last && !isLet ? begin : undefined;
  }
}

function withoutSemicolon(code: string): string {
  return code.trimEnd().replace(/;$/, "");
}

/** The compiled program without white space. */
function programOf(lines: string[]): string | undefined {
  return transpile(lines.join("\n"))?.program.replaceAll(/\s+/g, "");
}

/** Runs in the kernel: shows a last value for which the kernel would show nothing. */
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
