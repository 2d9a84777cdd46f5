import * as esbuild from "esbuild";
import { fileURLToPath } from "node:url";
import { readArguments } from "../../tools/arguments.ts";
import { ROOT } from "../../tools/system.ts";

/**
 * Bundles entry.ts with tfjs-core's sources and tests into `outfile`, and with the
 * module `backend` in place of the package. tfjs-core marks its tests as free of side
 * effects; ignoreAnnotations keeps them.
 */
export async function bundleSuite(
  outfile: string,
  backend = `${ROOT}lib/backend/mod.ts`,
) {
  const root = new URL("../../", import.meta.url);
  const path = (name: string) =>
    fileURLToPath(new URL(`node_modules/${name}`, root));
  try {
    await esbuild.build({
      entryPoints: [fileURLToPath(new URL("entry.ts", import.meta.url))],
      outfile,
      bundle: true,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      ignoreAnnotations: true,
      logLevel: "error",
      // tfjs-core's sources call require for Node's own modules.
      banner: {
        js: 'import { createRequire } from "node:module";' +
          "const require = createRequire(import.meta.url);",
      },
      external: [
        "node:*",
        "buffer",
        "fs",
        "path",
        "util",
        "crypto",
        "node-fetch",
      ],
      alias: {
        "jasmine-core": path("jasmine-core"),
        "@tensorflow/tfjs-core": path("@tensorflow/tfjs-core"),
        "@denoise/tfjs-wasm-threads": backend,
      },
    });
  } finally {
    await esbuild.stop();
  }
}

if (import.meta.main) {
  const { positionals: [outfile] } = readArguments(
    "deno run -A tests/conformance/bundle.ts FILE",
    { least: 1 },
  );
  await bundleSuite(outfile);
}
