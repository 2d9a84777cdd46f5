/**
 * Compiles lib/backend/assembly/ to kernels.wasm, and writes lib/backend/jobs.ts
 * of its classes and constants: `deno task wasm`.
 */

import type { Parser, Source } from "assemblyscript";
import asc from "assemblyscript/asc";
import { constantsOf, describe } from "./describe_jobs.ts";

type Options = NonNullable<Parameters<typeof asc.main>[1]>;
type Transforms = Options["transforms"];

const BACKEND = new URL("../lib/backend/", import.meta.url);
const ASSEMBLY = new URL("assembly/", BACKEND);

/** Bytes below this address are for the control words (protocol.ts). */
const CONSTANTS = 4096;

/** Compiles a file of assembly/, or a text, to WebAssembly. */
async function compile(
  name: string,
  { text, flags, transforms }: {
    text?: string;
    flags: string[];
    transforms?: Transforms;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const common = ["--outFile=wasm", "--runtime=stub", "--use=abort="];
  const { error, stderr } = await asc.main([name, ...common, ...flags], {
    readFile: (path) => {
      if (path === name && text !== undefined) return text;
      try {
        return Deno.readTextFileSync(new URL(path, ASSEMBLY));
      } catch {
        return null; // the compiler asks for names that may not be
      }
    },
    writeFile: (_path, contents) => {
      binary = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => [],
    transforms,
  });
  if (error || !binary) {
    throw new Error(`Cannot compile "${name}":\n${stderr}`, { cause: error });
  }
  return binary;
}

/** kernels.wasm and jobs.ts; the same sources give the same bytes. */
export async function buildWasm(): Promise<
  { wasm: Uint8Array<ArrayBuffer>; jobs: string }
> {
  let sources: Source[] = [];
  const features = ["simd", "relaxed-simd", "threads"];
  const enabled = features.map((name) => `--enable=${name}`);
  const wasm = await compile("mod.ts", {
    flags: [
      "-O3",
      "--converge",
      "--noAssert",
      ...enabled,
      "--importMemory",
      "--sharedMemory",
      "--initialMemory=1",
      "--maximumMemory=65536",
      `--memoryBase=${CONSTANTS}`,
    ],
    transforms: [{
      afterParse: (parser: Parser) => {
        sources = parser.sources.filter(({ isLibrary }) => !isLibrary);
      },
    }] as unknown as Transforms,
  });
  // The compiler works out the constants: they may be sums of each other.
  const text = constantsOf(sources)
    .map(({ file, names }) => `export { ${names} } from "./${file}";`).join("");
  const numbers = await compile("constants.ts", { text, flags: enabled });
  const { instance } = await WebAssembly.instantiate(numbers);
  const globals = instance.exports as Record<string, WebAssembly.Global>;
  const values = Object.entries(globals).map(([name, { value }]) =>
    [name, value] as const
  );
  return { wasm, jobs: describe(sources, new Map(values)) };
}

if (import.meta.main) {
  const { wasm, jobs } = await buildWasm();
  await Deno.writeFile(new URL("kernels.wasm", ASSEMBLY), wasm);
  await Deno.writeTextFile(new URL("jobs.ts", BACKEND), jobs);
  console.log(`kernels.wasm: ${wasm.length} bytes`);
}
