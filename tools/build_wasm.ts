/**
 * Compiles lib/backend/assembly/ to WebAssembly, bundles the workers' program, and
 * writes both as text into lib/backend/threads/embedded.ts: a published package may
 * have no files beside its modules. Describes the assembly's classes and constants in
 * lib/backend/threads/jobs.ts. `deno task wasm` does it all.
 */

import type { Parser, Source } from "assemblyscript";
import asc, { type Transform } from "assemblyscript/asc";
import * as esbuild from "esbuild";
import { fileURLToPath } from "node:url";
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

/** The text of a worker's program: a module of the backend with all its imports. */
export async function bundleWorker(path: string): Promise<string> {
  try {
    const { outputFiles: [{ text }] } = await esbuild.build({
      entryPoints: [path],
      bundle: true,
      write: false,
      minify: true,
      format: "iife",
      platform: "neutral",
    });
    return text;
  } finally {
    await esbuild.stop();
  }
}

/** The texts of embedded.ts and jobs.ts; the same sources give the same texts. */
export async function buildWasm() {
  const { binary: wasm, sources } = await compile("mod.ts", { flags: FLAGS });
  // The compiler computes the constants, since some are made of others.
  const text = constantsOf(sources)
    .map(({ file, names }) => `export { ${names} } from "./${file}";`).join("");
  const { binary } = await compile("constants.ts", { text, flags: [] });
  const { instance } = await WebAssembly.instantiate(binary);
  const globals = instance.exports as Record<string, WebAssembly.Global>;
  const path = fileURLToPath(new URL("threads/worker.ts", BACKEND));
  const worker = await bundleWorker(path);
  return {
    wasm,
    embedded: `// Made by \`deno task wasm\`; do not edit.

/** The WebAssembly module of assembly/, in base64. */
export const MODULE_BASE64: string =
  ${JSON.stringify(wasm.toBase64())};

/** The program of worker.ts, with all that it imports. */
export const WORKER: string =
  ${JSON.stringify(worker.trim())};
`,
    jobs: describe(sources, (name) => globals[name].value),
  };
}

if (import.meta.main) {
  const { wasm, embedded, jobs } = await buildWasm();
  const threads = new URL("threads/", BACKEND);
  await Deno.writeTextFile(new URL("embedded.ts", threads), embedded);
  await Deno.writeTextFile(new URL("jobs.ts", threads), jobs);
  console.log(`WebAssembly: ${wasm.length} bytes`);
}
