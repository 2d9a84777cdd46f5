/**
 * Imports a module for a cell, and throws where the module lacks a name, as a browser
 * does: Deno's kernel alone would leave it undefined. A name that the cell does not
 * use may be that of a type, and only TypeScript knows. For a file Deno answers
 * within a second. For a package it needs longer, so the cell goes on meanwhile, and
 * a missing name is reported when the answer is there.
 */

import { runDeno } from "../cells/run_deno.ts";
import { isFile } from "../cells/imports.ts";

type Module = Record<string, unknown>;

/** An imported name: in the module, and in the cell. */
interface Named {
  name: string;
  local: string;
}

/** Without an answer by then, a name passes for that of a type. */
const TYPE_CHECK_TIMEOUT_MS = 60_000;

/** Puts the function where the statements written by cells/imports.ts find it. */
export function offerImport() {
  Object.assign(globalThis, { [Symbol.for("course.import")]: importChecked });
}

/**
 * Returns the module if it has all names in `used`, a list of `name as local`. The
 * names in `unused` may be types, or meant for later cells.
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
      () => undefined, // where TypeScript does not run, nothing is reported
    );
  }
  return module;
}

/** Whether a file exports this name, perhaps as a type. */
async function isInFile(name: string, file: string): Promise<boolean> {
  const { stderr } = await runDeno(
    ["doc", "--quiet", "--filter", name, file],
    { within: TYPE_CHECK_TIMEOUT_MS },
  );
  return !stderr.includes("was not found");
}

/** Those names that the module does not even export as types. */
async function withoutTypes(from: string, names: Named[]): Promise<Named[]> {
  const lines = names.map(({ name }, i) =>
    `import type { ${name} as T${i} } from ${JSON.stringify(from)};`
  );
  const { stderr } = await runDeno(
    ["eval", "--check", "--quiet", lines.join("\n")],
    { within: TYPE_CHECK_TIMEOUT_MS },
  );
  const faults = stderr.split(/^(?=TS\d+ )/m)
    // The codes for a missing member, and for a missing default.
    .filter((fault) => /^TS(2305|2724|2459|2460|1192|2613|2614) /.test(fault))
    // Other errors are in files of the student.
    .map((fault) => fault.match(/\$deno\$eval\.\w+:(\d+):/)?.[1]);
  return names.filter((_, i) => faults.includes(`${i + 1}`));
}

/** Suggests a name. */
function hint(module: Module, { name, local }: Named): string {
  const isDefault = name === "default";
  const near = nearest(isDefault ? local : name, Object.keys(module));
  if (isDefault) {
    return `; did you mean import ${near ? `{ ${near} }` : `* as ${local}`}?`;
  }
  if (near) return `; did you mean '${near}'?`;
  // CommonJS packages may have all names in their default export.
  const isInDefault = name in Object(module.default ?? {});
  return isInDefault ? `; its default export has '${name}'` : "";
}

/** The most similar name, if there is one at a third of the letters or less. */
function nearest(name: string, names: string[]): string | undefined {
  const [first] = names
    .map((other) => ({ other, steps: distance(name, other) }))
    .filter(({ steps, other }) =>
      steps <= Math.max(name.length, other.length) / 3
    )
    .sort((a, b) => a.steps - b.steps);
  return first?.other;
}

/** Levenshtein distance; a letter that differs only in case counts half. */
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
