/**
 * Files that were changed after a cell had imported them. Deno's kernel loads each
 * once, and goes on with it as it was.
 */

import { createHash } from "node:crypto";
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { askDeno } from "../cells/ask_deno.ts";
import { isFile, modulesOf } from "../cells/imports.ts";

/** A module as `deno info --json` tells of it. */
interface Module {
  specifier: string;
  error?: string;
  dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
}

/** What the kernel has loaded of the files that cells import. */
export class Changes {
  /** The files of each module that a cell imported, with all that it imports. */
  readonly #imported = new Map<string, File[]>();
  /** Sums of the files as they were loaded, and as they were when that was told. */
  readonly #loaded = new Map<string, string>();
  readonly #told = new Map<string, string>();

  /**
   * The files, as seen from here, that were changed since they were loaded, of those
   * that a cell imports; each change once. `code` is what the kernel is given.
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
      const told = this.#told.get(specifier) ?? loaded;
      this.#told.set(specifier, sum);
      if (sum !== loaded && sum !== told) changed.push(path);
    }));
    return changed;
  }
}

/** A file that is loaded with a module that a cell imports. */
interface File {
  specifier: string;
  path: string;
  /** Whether it cannot be read: the kernel remembers that too. */
  isBroken: boolean;
}

/** The files that are loaded with a module; where some are broken, only these. */
async function filesOf(root: string): Promise<File[]> {
  const args = ["info", "--json", "--no-npm", "--no-remote", root];
  const { modules } = JSON.parse((await askDeno(args)).said);
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
