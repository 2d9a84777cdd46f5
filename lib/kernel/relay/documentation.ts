/** The documentation of the course's functions, which Shift+Tab shows. */

import { runDeno } from "../cells/run_deno.ts";

/** The module that notebooks import, relative to their folder. */
const DOOR = "../lib/mod.ts";

const known = new Map<string, Promise<string | undefined>>();

/**
 * The signature and documentation of the name at the cursor, or of the function in
 * whose parentheses the cursor stands. Undefined where the course has no such name.
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

/** Jupyter counts code points; some of them are two units of a JavaScript string. */
function nameAt(code: string, cursor: number): string | undefined {
  const letters = [...code];
  const before = letters.slice(0, cursor).join("");
  const after = letters.slice(cursor).join("");
  const [start] = before.match(/[\w$]*$/)!, [rest] = after.match(/^[\w$]*/)!;
  return start + rest || calledAround(before);
}

/** The function whose parenthesis is open at the end of this text. */
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
  const { success, stdout } = await runDeno(args);
  if (!success) return undefined;
  return stdout.match(/^Defined in [^\n]*\n\n(.*)/ms)?.[1].trim();
}
