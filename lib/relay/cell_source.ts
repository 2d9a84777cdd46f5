/**
 * What Deno's kernel is given of a cell: the cell, and behind it a comment from
 * which error_lines.ts learns whose lines are in an error, and where they stood.
 */

import module from "node:module";

// Deno has it since 2.9, its types not yet.
const { stripTypeScriptTypes } = module as unknown as {
  stripTypeScriptTypes?(
    code: string,
    options: { mode: "transform"; sourceMap: boolean },
  ): string;
};

/** The text for the kernel of the cell with this number in brackets before it. */
export function cellSource(code: string, number: number): string {
  // The kernel reads a cell as an object if it begins so and does not end in ";".
  const end = code.trimEnd().endsWith(";") ? ";" : "";
  return `${code}\n//# sourceURL=cell:${number}:${mappings(code)}:${end}\n`;
}

/**
 * Where the parts of the program that the kernel makes of a cell stood in the cell,
 * as source maps have it; nothing where that is not known.
 */
function mappings(code: string): string {
  if (isPerhapsObject(code)) return "";
  const [, map] = printed(code)?.match(/;base64,(\S+)\s*$/) ?? [];
  return map ? JSON.parse(atob(map)).mappings : "";
}

/** The kernel tries an object first, and if that throws, the same as statements. */
function isPerhapsObject(code: string): boolean {
  return code.trimStart().startsWith("{") &&
    printed(`(${code}\n)`) !== undefined;
}

/** The program that the kernel makes of a cell: Deno writes it as it does here. */
function printed(code: string): string | undefined {
  try {
    return stripTypeScriptTypes?.(code, { mode: "transform", sourceMap: true });
  } catch {
    return undefined; // it cannot be read, or has JSX
  }
}
