/** Which of V8's flags the course's kernel gets: those that run here. */

import { capture } from "./system.ts";

/** Stands for none: then DENO_V8_FLAGS is not set, since Deno refuses "". */
export const NO_FLAGS = "";
/**
 * Addresses of WebAssembly are not checked, as in any native library. V8's code
 * of the kernels is 30 % shorter then, on ARM64 as on x86-64; how much faster it
 * is on ARM64 alone was never measured.
 */
const UNCHECKED = "--no-wasm-bounds-checks";
/** V8 joins 128-bit vectors to 256-bit ones, where addresses are unchecked. */
const WIDE = `${UNCHECKED},--experimental-wasm-revectorize`;

/**
 * What to try on a processor, the fastest first: values of DENO_V8_FLAGS. Only
 * x86-64 has vectors of 256 bits; V8 on ARM64 refuses to start with their flag.
 */
export function candidates(processor: string = Deno.build.arch): string[] {
  return processor === "x86_64"
    ? [WIDE, UNCHECKED, NO_FLAGS]
    : [UNCHECKED, NO_FLAGS];
}

/**
 * The first candidate with which a Deno starts, tried in about 50 ms each; a
 * refused one is named on stderr, and the last is used untried. "" means no flags.
 *
 * @param deno the program, this very Deno if not given
 */
export async function kernelFlags(
  deno: string = Deno.execPath(),
  { tried = candidates() } = {},
): Promise<string> {
  for (const [i, flags] of tried.slice(0, -1).entries()) {
    const { success, stderr } = await capture(
      deno,
      ["eval", "--no-config", "0"],
      { env: { DENO_V8_FLAGS: flags, NO_COLOR: "1" } },
    );
    if (success) return flags;
    const [reason] = stderr.trim().split("\n");
    const next = tried[i + 1] === NO_FLAGS ? "no flags" : tried[i + 1];
    console.warn(
      `Deno ${Deno.version.deno} does not start with ${flags} (${reason}); ` +
        `the kernel gets ${next}: the same results, more slowly.`,
    );
  }
  return tried[tried.length - 1];
}

/** The environment in which a Deno has the flags of the course's kernel. */
export async function kernelEnvironment(): Promise<Record<string, string>> {
  const flags = await kernelFlags();
  return flags === NO_FLAGS ? {} : { DENO_V8_FLAGS: flags };
}
