/**
 * Reads the code cells of a notebook, a list of texts as JSON, and writes them as
 * cells of a script: what one ends in, a notebook shows, but a script must say so.
 * jupyter_config.py runs this when it makes a script of a notebook.
 */

import { prepare } from "../lib/kernel/cells/cell_source.ts";
import { transpile } from "../lib/kernel/cells/transpile.ts";

/** What may stand behind the last value: nothing that is run. */
const END = /^([;\s]|\/\/[^\n]*|\/\*((?!\*\/)[^])*\*\/)*$/;

function withShow(cell: string): string {
  for (const { index } of cell.matchAll(/(?<![;\s])[;\s]*(\/[/*]|$)/g)) {
    // What looks like a remark may be within a text, which then has no end.
    const [value, end] = [cell.slice(0, index), cell.slice(index)];
    const begin = END.test(end) ? lineOfValue(value) : undefined;
    if (begin === undefined) continue;
    const lines = value.split("\n");
    const [before, last] = [lines.slice(0, begin), lines.slice(begin)]
      .map((part) => part.join("\n"));
    if (/^(console\.|void\b)/.test(last)) return cell;
    const [call, inBrackets] = [`show(${last})`, `show((${last}))`];
    // They differ for "a, b", which are two arguments without brackets.
    const isSame = transpile(call)?.program === transpile(inBrackets)?.program;
    const shown = `await ${isSame ? call : inBrackets};`;
    return (before && `${before}\n`) + shown + end.replace(/^;+/, "");
  }
  return cell;
}

/** The line (from 0) in which the value begins that a notebook shows, if it does. */
function lineOfValue(code: string): number | undefined {
  // A cell that can be an object is one, and no block.
  const isObject = code.trimStart().startsWith("{") && transpile(`(${code})`);
  return isObject ? 0 : prepare(code).last;
}

const cells: string[] = await new Response(Deno.stdin.readable).json();
console.log(JSON.stringify(cells.map(withShow)));
