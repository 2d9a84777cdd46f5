/** What Shift+Tab shows of the course's own functions: Deno's kernel shows nothing. */

import { askDeno } from "../cells/ask_deno.ts";

/** Where a notebook's cells have the course's functions from, seen from its folder. */
const DOOR = "../lib/mod.ts";

const known = new Map<string, Promise<string | undefined>>();

/**
 * What is written of the name at a place in a cell, or of the function in whose
 * brackets it stands: how it is called, and what it does. Undefined where the course
 * has no such name.
 */
export function documentation(
  code: string,
  cursor: number,
): Promise<string | undefined> {
  const name = nameAt(code, cursor);
  if (!name) return Promise.resolve(undefined);
  const found = known.get(name) ?? ask(name);
  known.set(name, found);
  return found;
}

/** Jupyter counts letters, of which some are two in JavaScript's texts. */
function nameAt(code: string, cursor: number): string | undefined {
  const letters = [...code];
  const before = letters.slice(0, cursor).join("");
  const after = letters.slice(cursor).join("");
  const [start] = before.match(/[\w$]*$/)!, [rest] = after.match(/^[\w$]*/)!;
  return start + rest || calledAround(before);
}

/** The function whose bracket is open at the end of this text. */
function calledAround(before: string): string | undefined {
  let open = 0;
  for (let at = before.length - 1; at >= 0; at--) {
    if (before[at] === ")") open--;
    if (before[at] === "(" && ++open > 0) {
      return before.slice(0, at).match(/([\w$]+)\s*$/)?.[1];
    }
  }
}

async function ask(name: string): Promise<string | undefined> {
  const args = ["doc", "--quiet", "--filter", name, DOOR];
  const { success, said } = await askDeno(args);
  if (!success) return undefined;
  return said.match(/^Defined in [^\n]*\n\n(.*)/ms)?.[1].trim();
}
