/** Compiles lib/backend/assembly/ to kernels.wasm: `deno task wasm`. */

import asc from "assemblyscript/asc";

/** Bytes below this address are for the control words (protocol.ts). */
const CONSTANTS = 4096;

/** The compiled module; the same sources give the same bytes. */
export async function buildWasm(): Promise<Uint8Array> {
  const root = new URL("../lib/backend/assembly/", import.meta.url);
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main([
    "mod.ts",
    "--outFile=kernels.wasm",
    "-O3",
    "--converge",
    "--noAssert",
    "--runtime=stub",
    "--use=abort=",
    "--enable=simd",
    "--enable=relaxed-simd",
    "--enable=threads",
    "--importMemory",
    "--sharedMemory",
    "--initialMemory=1",
    "--maximumMemory=65536",
    `--memoryBase=${CONSTANTS}`,
  ], {
    readFile: (name) => {
      try {
        return Deno.readTextFileSync(new URL(name, root));
      } catch {
        return null; // the compiler asks for names that may not be
      }
    },
    writeFile: (_name, contents) => {
      binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) {
    throw new Error(`Cannot compile "mod.ts":\n${stderr}`, { cause: error });
  }
  return binary;
}

if (import.meta.main) {
  const out = new URL("../lib/backend/assembly/kernels.wasm", import.meta.url);
  const binary = await buildWasm();
  await Deno.writeFile(out, binary);
  console.log(`kernels.wasm: ${binary.length} bytes`);
}
