/** Finds the position of a syntax error for which Deno's kernel gives none. */

import { Session } from "node:inspector/promises";
import { programLike } from "./cell_source.ts";
import { checkImports } from "./imports.ts";
import { positionIn } from "./source_positions.ts";

/** The parts that we need of V8's answer about a program that it cannot read. */
interface Compiled {
  exceptionDetails?: {
    lineNumber: number;
    columnNumber: number;
    exception?: { description?: string };
  };
}

/** Text around the program, so that V8 accepts `await` in it, or `return`. */
const AROUND = [["async () => {'use strict';", "\n}"], ["'use strict';", ""]];

/** The line and column of the error `message` in a cell, or undefined. */
export async function syntaxPosition(code: string, message: string) {
  const { like } = checkImports(code);
  const found = like && programLike(like);
  if (!found) return undefined;
  const session = new Session();
  session.connect();
  try {
    await session.post("Runtime.enable");
    for (const [before, after] of AROUND) {
      const { exceptionDetails: error }: Compiled = await session.post(
        "Runtime.compileScript",
        {
          expression: before + found.program + after,
          sourceURL: "",
          persistScript: false,
        },
      );
      const text = error?.exception?.description?.split("\n")[0];
      if (!error || text !== `SyntaxError: ${message}`) continue;
      const { lineNumber, columnNumber } = error;
      const shift = lineNumber === 0 ? before.length : 0;
      const column = columnNumber - shift;
      return positionIn(found.mappings, lineNumber + 1, column + 1);
    }
  } finally {
    session.disconnect();
  }
}
