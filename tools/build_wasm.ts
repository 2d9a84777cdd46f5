/**
 * Compiles lib/backend/assembly/ to kernels.wasm, and describes its classes and
 * constants in lib/backend/threads/jobs.ts: `deno task wasm`.
 */

import type { Parser, Source } from "assemblyscript";
import asc, { type Transform } from "assemblyscript/asc";
import { constantsOf, describe } from "./describe_jobs.ts";

const BACKEND = new URL("../lib/backend/", import.meta.url);
const ASSEMBLY = new URL("assembly/", BACKEND);

/** Where constants start; the bytes before are for the control words (protocol.ts). */
const CONSTANTS_ADDRESS = 4096;

const FLAGS = [
  "-O3",
  "--converge",
  "--noAssert",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory=1",
  "--maximumMemory=65536",
  `--memoryBase=${CONSTANTS_ADDRESS}`,
];

/** Compiles a file of assembly/, or `text` in its place; also returns all sources. */
async function compile(name: string, { text, flags }: {
  text?: string;
  flags: string[];
}): Promise<{ binary: Uint8Array<ArrayBuffer>; sources: Source[] }> {
  let binary: Uint8Array<ArrayBuffer> | undefined, sources: Source[] = [];
  const afterParse = (parser: Parser) => {
    sources = parser.sources.filter(({ isLibrary }) => !isLibrary);
  };
  const features = ["simd", "relaxed-simd", "threads"];
  const { error, stderr } = await asc.main([
    name,
    "--outFile=wasm",
    "--runtime=stub",
    "--use=abort=",
    ...features.map((feature) => `--enable=${feature}`),
    ...flags,
  ], {
    readFile: (path) => {
      if (path === name && text) return text;
      try {
        return Deno.readTextFileSync(new URL(path, ASSEMBLY));
      } catch {
        return null; // the compiler also tries names of no file
      }
    },
    writeFile: (_path, contents) => {
      binary = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => [],
    transforms: [{ afterParse } as unknown as Transform],
  });
  if (error || !binary) {
    throw new Error(`Cannot compile "${name}":\n${stderr}`, { cause: error });
  }
  return { binary, sources };
}

/** The contents of kernels.wasm and jobs.ts; the same sources give the same bytes. */
export async function buildWasm() {
  const { binary: wasm, sources } = await compile("mod.ts", { flags: FLAGS });
  // The compiler computes the constants, since some are made of others.
  const text = constantsOf(sources)
    .map(({ file, names }) => `export { ${names} } from "./${file}";`).join("");
  const { binary } = await compile("constants.ts", { text, flags: [] });
  const { instance } = await WebAssembly.instantiate(binary);
  const globals = instance.exports as Record<string, WebAssembly.Global>;
  return {
    wasm,
    jobs: describe(sources, (name) => globals[name].value),
  };
}

if (import.meta.main) {
  const { wasm, jobs } = await buildWasm();
  await Deno.writeFile(new URL("kernels.wasm", ASSEMBLY), wasm);
  await Deno.writeTextFile(new URL("threads/jobs.ts", BACKEND), jobs);
  console.log(`kernels.wasm: ${wasm.length} bytes`);
}
