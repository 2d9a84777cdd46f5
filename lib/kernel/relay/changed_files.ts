/**
 * Finds files that were changed after a cell had imported them. Deno's kernel loads
 * each file once, and goes on with the old version.
 */

import { createHash } from "node:crypto";
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runDeno } from "../cells/run_deno.ts";
import { isFile, modulesOf } from "../cells/imports.ts";

/** A module as `deno info --json` describes it. */
interface Module {
  specifier: string;
  error?: string;
  dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
}

/** Remembers which version of each imported file the kernel has loaded. */
export class ChangedFiles {
  /** For each imported module, its file and those that it imports in turn. */
  readonly #imported = new Map<string, File[]>();
  /** SHA-256 of each file: when it was loaded, and when a cell last imported it. */
  readonly #loaded = new Map<string, string>();
  readonly #latest = new Map<string, string>();

  /**
   * The relative paths of files that a cell imports and that have changed since they
   * were loaded. Each change is reported once. `code` is the text that the kernel runs.
   */
  async since(code: string): Promise<string[]> {
    const here = pathToFileURL(`${Deno.cwd()}/`);
    const specifiers = new Set(
      modulesOf(code).filter(isFile)
        .map((from) => new URL(from, here).href),
    );
    const changed = new Set<string>();
    for (const specifier of specifiers) {
      for (const path of await this.#changesOf(specifier)) changed.add(path);
    }
    return [...changed].map((path) => {
      const short = relative(Deno.cwd(), path);
      return short.length < path.length ? short : path;
    });
  }

  async #changesOf(root: string): Promise<string[]> {
    const files = this.#imported.get(root) ?? await filesOf(root);
    if (files.every(({ isBroken }) => !isBroken)) {
      this.#imported.set(root, files);
    }
    const changed: string[] = [];
    await Promise.all(files.map(async ({ specifier, path }) => {
      const sum = await sumOf(path);
      const loaded = this.#loaded.get(specifier) ?? sum;
      this.#loaded.set(specifier, loaded);
      const latest = this.#latest.get(specifier) ?? loaded;
      this.#latest.set(specifier, sum);
      if (sum !== loaded && sum !== latest) changed.push(path);
    }));
    return changed;
  }
}

/** A file that is loaded with an imported module. */
interface File {
  specifier: string;
  path: string;
  /** Whether it has an error: the kernel remembers that, too. */
  isBroken: boolean;
}

/** The files that are loaded with a module; if some have errors, only those. */
async function filesOf(root: string): Promise<File[]> {
  const args = ["info", "--json", "--no-npm", "--no-remote", root];
  const { modules } = JSON.parse((await runDeno(args)).stdout);
  const known = new Map<string, Module>(
    modules.map((module: Module) => [module.specifier, module]),
  );
  const specifiers = new Set([root]);
  for (const specifier of specifiers) {
    for (
      const { code, isDynamic } of known.get(specifier)?.dependencies ?? []
    ) {
      const isFile = code?.specifier.startsWith("file:");
      if (isFile && !isDynamic) specifiers.add(code!.specifier);
    }
  }
  const files = [...specifiers].map((specifier) => ({
    specifier,
    path: fileURLToPath(specifier),
    isBroken: known.get(specifier)?.error !== undefined,
  }));
  const broken = files.filter(({ isBroken }) => isBroken);
  return broken.length > 0 ? broken : files;
}

async function sumOf(path: string): Promise<string> {
  const bytes = await Deno.readFile(path).catch(() => undefined);
  return bytes ? createHash("sha256").update(bytes).digest("hex") : "missing";
}
