/**
 * Imports a module for a cell, and refuses names that it does not have, as a browser
 * does: what Deno's kernel makes of them would be undefined. Of a name that the cell
 * does not use, only TypeScript knows whether it is that of a type. In a file Deno
 * finds that within a second. To ask of a package takes longer, so the cell goes on
 * meanwhile, and a missing name is told when it is known.
 */

import { askDeno } from "../cells/ask_deno.ts";
import { isFile } from "../cells/imports.ts";

type Module = Record<string, unknown>;

/** What a cell imports: its name in the module, and in the cell. */
interface Named {
  name: string;
  local: string;
}

/** Ms after which a name counts as that of a type. */
const PATIENCE = 60_000;

/** Puts it where imports.ts has cells look for it. */
export function offerImport() {
  Object.assign(globalThis, { [Symbol.for("course.import")]: importChecked });
}

/**
 * The module, if it has all that the cell uses (a list of `name as local`). Of what
 * the cell imports for later cells, or only for types, it is told if it is missing.
 */
async function importChecked(
  loading: Promise<Module>,
  from: string,
  used: string,
  unused: string,
): Promise<Module> {
  const module = await loading;
  const missing = (list: string) =>
    list.split(",").map((item) => item.split(" as "))
      .filter(([name]) => name && !(name in module))
      .map(([name, local]) => ({ name, local }));
  const words = (one: Named) =>
    `The requested module '${from}' does not provide an export named ` +
    `'${one.name}'${hint(module, one)}`;
  const [wrong] = missing(used), open = missing(unused);
  if (wrong) throw new SyntaxError(words(wrong));
  if (isFile(from)) {
    const found = await Promise.all(
      open.map(({ name }) => isInFile(name, from)),
    );
    const other = open.find((_, i) => !found[i]);
    if (other) throw new SyntaxError(words(other));
  } else if (open.length > 0) {
    void withoutTypes(from, open).then(
      (names) => names.forEach((one) => console.error(words(one))),
      () => undefined, // where TypeScript cannot be asked, nothing is told
    );
  }
  return module;
}

/** Whether a file has something of this name, such as a type. */
async function isInFile(name: string, file: string): Promise<boolean> {
  const { problem } = await askDeno(
    ["doc", "--quiet", "--filter", name, file],
    { within: PATIENCE },
  );
  return !problem.includes("was not found");
}

/** Those of the names that are not even types of the module. */
async function withoutTypes(from: string, names: Named[]): Promise<Named[]> {
  const lines = names.map(({ name }, i) =>
    `import type { ${name} as T${i} } from ${JSON.stringify(from)};`
  );
  const { problem } = await askDeno(
    ["eval", "--check", "--quiet", lines.join("\n")],
    { within: PATIENCE },
  );
  const faults = problem.split(/^(?=TS\d+ )/m)
    // No such member, with a similar one or without; no default.
    .filter((fault) => /^TS(2305|2724|2459|2460|1192|2613|2614) /.test(fault))
    // Others are in files of the student's.
    .map((fault) => fault.match(/\$deno\$eval\.\w+:(\d+):/)?.[1]);
  return names.filter((_, i) => faults.includes(`${i + 1}`));
}

/** What may have been meant. */
function hint(module: Module, { name, local }: Named): string {
  const isDefault = name === "default";
  const near = nearest(isDefault ? local : name, Object.keys(module));
  if (isDefault) {
    return `; did you mean import ${near ? `{ ${near} }` : `* as ${local}`}?`;
  }
  if (near) return `; did you mean '${near}'?`;
  // Packages of the older kind, CommonJS, may have all in their default export.
  const isInDefault = name in Object(module.default ?? {});
  return isInDefault ? `; its default export has '${name}'` : "";
}

/** The name that is most like another, if it is like it at all. */
function nearest(name: string, names: string[]): string | undefined {
  const [first] = names
    .map((other) => ({ other, steps: distance(name, other) }))
    .filter(({ steps, other }) =>
      steps <= Math.max(name.length, other.length) / 3
    )
    .sort((a, b) => a.steps - b.steps);
  return first?.other;
}

/** Letters to put in, leave out or change (Levenshtein); half where only the case is. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const a = from[i - 1], b = to[j - 1];
      const isCase = a.toLowerCase() === b.toLowerCase();
      const change = row[j - 1] + (a === b ? 0 : isCase ? 0.5 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}
