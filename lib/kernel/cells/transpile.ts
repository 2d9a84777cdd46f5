/** What Deno makes of a cell before it runs it: JavaScript, without types. */

import module from "node:module";

// Deno has it since 2.9, its types not yet.
const { stripTypeScriptTypes } = module as unknown as {
  stripTypeScriptTypes?(
    code: string,
    options: { mode: "transform"; sourceMap: true },
  ): string;
};

/**
 * The program, and where its parts stood in the cell, as source maps have it.
 * Undefined where the cell cannot be read, or has JSX.
 */
export function transpile(code: string) {
  try {
    const options = { mode: "transform", sourceMap: true } as const;
    const [, program, map] = stripTypeScriptTypes!(code, options)
      .match(/^(.*)\/\/# sourceMappingURL=[^,]*;base64,(\S+)\s*$/s)!;
    const { mappings } = JSON.parse(atob(map));
    return { program, mappings: mappings as string };
  } catch {
    return undefined;
  }
}
