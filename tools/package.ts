/**
 * Builds the backend's npm package in .package/ and packs it, as `npm publish` would:
 * `deno task package`. Nothing is published.
 */

import * as esbuild from "esbuild";
import { posix } from "node:path";
import { gzipSync } from "node:zlib";
import { outputOf, ROOT } from "./system.ts";
import { runTask } from "./task.ts";

const BACKEND = `${ROOT}lib/backend/`;
const OUT = `${ROOT}.package/`;
/** Emits declarations; students need no TypeScript of their own, so it is fetched. */
const TSC = ["-y", "-p", "typescript@5.9.3", "tsc"];

/** Files that users read, and the example. */
const FILES = ["README.md", "LICENSE", "CHANGELOG.md"]
  .concat(["fixes/README.md", "example/train.ts"]);

/** The modules that users import, by the names that they import them by. */
type Exports = Record<string, string>;

/** One module for each export, and what they share. */
async function bundle(exports: Exports) {
  try {
    await esbuild.build({
      entryPoints: Object.values(exports).map((path) => `${BACKEND}${path}`),
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "neutral",
      target: "es2022",
      external: ["@tensorflow/*"],
      outdir: OUT,
      outbase: BACKEND,
    });
  } finally {
    await esbuild.stop();
  }
}

/** The declarations of each export, and of what they import. */
async function declare(exports: Exports) {
  const types = await Deno.makeTempDir();
  const paths = Object.values(exports);
  try {
    await outputOf("npx", [
      ...TSC,
      ...paths.map((path) => `${BACKEND}${path}`),
      ...["--outDir", types, "--rootDir", BACKEND],
      ...["--declaration", "--emitDeclarationOnly", "--noCheck"],
      ...["--allowImportingTsExtensions", "--skipLibCheck"],
      ...["--target", "es2022", "--module", "esnext"],
      ...["--moduleResolution", "bundler"],
    ], { cwd: ROOT });
    const names = new Set(paths.map((path) => posix.normalize(path)));
    for (const name of names) { // and those that are added on the way
      const declared = name.replace(/\.ts$/, ".d.ts");
      const text = await Deno.readTextFile(`${types}/${declared}`);
      const imported = /^((?:import|export) .* from "(\.[^"]+))\.ts"/gm;
      for (const [, , path] of text.matchAll(imported)) {
        names.add(posix.join(posix.dirname(name), `${path}.ts`));
      }
      await Deno.mkdir(`${OUT}${posix.dirname(name)}`, { recursive: true });
      await Deno.writeTextFile(
        `${OUT}${declared}`,
        text.replaceAll(imported, '$1.js"'),
      );
    }
  } finally {
    await Deno.remove(types, { recursive: true });
  }
}

/** What npm needs to know, from what Deno and JSR know. */
async function describe() {
  const { name, version, license, exports, imports } = JSON.parse(
    await Deno.readTextFile(`${BACKEND}deno.json`),
  );
  const ranges = Object.entries(imports as Exports)
    .filter(([peer]) => peer !== "@tensorflow/tfjs")
    .map(([peer, address]) => [peer, address.split("@").at(-1)]);
  const conditions = Object.entries(exports as Exports).map(([key, path]) => [
    key,
    {
      types: path.replace(/\.ts$/, ".d.ts"),
      default: path.replace(/\.ts$/, ".js"),
    },
  ]);
  const manifest = {
    ...{ name, version, license, type: "module" },
    description:
      "A TensorFlow.js backend that trains convolutional networks in " +
      "multi-threaded WebAssembly SIMD",
    keywords: ["tensorflow", "tfjs", "backend", "wasm", "simd", "training"],
    exports: Object.fromEntries(conditions),
    engines: { node: ">=22.3" },
    peerDependencies: Object.fromEntries(ranges),
    peerDependenciesMeta: {
      "@tensorflow/tfjs-backend-webgpu": { optional: true },
    },
  };
  await Deno.writeTextFile(
    `${OUT}package.json`,
    JSON.stringify(manifest, null, 2) + "\n",
  );
  return exports as Exports;
}

/** Builds and packs; returns the path of the package. */
export async function pack(): Promise<string> {
  await Deno.remove(OUT, { recursive: true }).catch(() => {});
  await Deno.mkdir(OUT);
  const exports = await describe();
  await bundle(exports);
  await declare(exports);
  for (const name of FILES) {
    await Deno.mkdir(posix.dirname(`${OUT}${name}`), { recursive: true });
    await Deno.copyFile(`${BACKEND}${name}`, `${OUT}${name}`);
  }
  const [{ filename }] = JSON.parse(
    await outputOf("npm", ["pack", "--json"], { cwd: OUT }),
  );
  return `${OUT}${filename}`;
}

if (import.meta.main) {
  await runTask(async () => {
    const path = await pack();
    const { size } = await Deno.stat(path);
    let bytes = 0; // of mod.js and of the chunk that it imports
    for (const { name } of Deno.readDirSync(OUT)) {
      if (!name.endsWith(".js")) continue;
      bytes += gzipSync(await Deno.readFile(`${OUT}${name}`)).length;
    }
    const kB = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
    console.log(`${path}: ${kB(size)}`);
    console.log(`Its modules, compressed as servers send them: ${kB(bytes)}`);
  });
}
