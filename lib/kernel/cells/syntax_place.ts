/** Finds the place of a syntax error for which Deno's kernel gives none. */

import { Session } from "node:inspector/promises";
import { programLike } from "./cell_source.ts";
import { checkImports } from "./imports.ts";
import { placeIn } from "../inside/places.ts";

/** What V8 says of a program that it cannot read, as far as we ask. */
interface Compiled {
  exceptionDetails?: {
    lineNumber: number;
    columnNumber: number;
    exception?: { description?: string };
  };
}

/** What a program may stand in, so that V8 reads it: with `await`, or with `return`. */
const AROUND = [["async () => {'use strict';", "\n}"], ["'use strict';", ""]];

/** The line and column of what V8 says of a cell; undefined where it is not found. */
export async function syntaxPlace(code: string, message: string) {
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
      const said = error?.exception?.description?.split("\n")[0];
      if (!error || said !== `SyntaxError: ${message}`) continue;
      const { lineNumber, columnNumber } = error;
      const shift = lineNumber === 0 ? before.length : 0;
      const column = columnNumber - shift;
      return placeIn(found.mappings, lineNumber + 1, column + 1);
    }
  } finally {
    session.disconnect();
  }
}
