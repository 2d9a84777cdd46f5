/** Compiles a cell to JavaScript, as Deno does before it runs it. */

import module from "node:module";

// Deno has this function since 2.9, but its types do not yet.
const { stripTypeScriptTypes } = module as unknown as {
  stripTypeScriptTypes?(
    code: string,
    options: { mode: "transform"; sourceMap: true },
  ): string;
};

/**
 * The compiled program and its source map. Undefined where the cell has a syntax
 * error, or JSX.
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
