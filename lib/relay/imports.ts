/**
 * Imports of a cell. Deno's kernel makes `const { a } = await import("m")` of
 * `import { a } from "m"`, so a name that "m" does not have is undefined without a
 * word. Here the same is made of it, with a check that checked_import.ts does.
 */

import { transpile } from "./transpile.ts";

const WORD = String.raw`[\p{ID_Continue}$]+`;
const COMMENT = String.raw`\/\/[^\n]*|\/\*[^]*?\*\/`;
const DECLARATION = new RegExp(
  String.raw`\bimport\b(?<clause>(?:[\p{ID_Continue}$\s,{}*]|${COMMENT})+?)` +
    String.raw`from\s*(?<from>"[^"\\\n]*"|'[^'\\\n]*')` +
    String.raw`(?:\s*with\s*\{\s*type\s*:\s*["'](?<type>\w+)["']\s*,?\s*\})?` +
    "(?:[ \\t]*;)?",
  "gu",
);

/** An import of a cell, and where it stands there. */
interface Import {
  text: string;
  start: number;
  from: string;
  /** What it imports: JSON, say. */
  type?: string;
  /** The name for all of the module. */
  all?: string;
  names: { name: string; local: string }[];
}

/** An import that is none of these; for types alone Deno makes nothing of it. */
const OTHER = /(^|[;}])[ \t]*import(?!\s*["'(.]|\s+type\b)/m;

/**
 * A cell whose imports are checked; and, if all of them are known, the cell with what
 * stands for them where they were: of it Deno makes a program with the same lines.
 */
export function checkImports(code: string): { checked: string; like?: string } {
  if (!code.includes("import")) return { checked: code, like: code };
  const program = transpile(code)?.program;
  if (program === undefined) return { checked: code };
  const possible = find(code);
  const marked = replace(
    code,
    possible,
    ({ from: [quote] }, i) => `import${quote}${i}${quote};`,
  );
  const seen = transpile(marked)?.program;
  // Others are words of a text or a comment, which Deno leaves as they are.
  const imports = possible.filter(({ from: [quote] }, i) =>
    seen?.includes(`import ${quote}${i}${quote};`)
  );
  // Deno leaves out what the cell uses for types only, or not at all.
  const used = new Set(
    find(program).flatMap(({ names }) => names.map(({ local }) => local)),
  );
  const checked = replace(code, imports, (one) => check(one, used));
  const isKnown = seen !== undefined &&
    !OTHER.test(replace(code, possible, () => ""));
  if (!isKnown) return { checked };
  const like = replace(
    code,
    imports,
    ({ type }) => type ? "0,{a:{a:0}};" : "0;",
  );
  return { checked, like };
}

function find(code: string): Import[] {
  return [...code.matchAll(DECLARATION)].flatMap((match) => {
    const { clause, from, type } = match.groups!;
    const words = clause.replaceAll(new RegExp(COMMENT, "g"), " ").trim();
    // For types alone: Deno makes nothing of it.
    if (/^type(\s+[\p{ID_Start}$_]|\s*[{*])/u.test(words)) return [];
    const [, first] = words.match(RegExp(`^(${WORD})`, "u")) ?? [];
    const [, all] = words.match(RegExp(`\\*\\s*as\\s+(${WORD})$`, "u")) ?? [];
    const [, list = ""] = words.match(/\{(.*)\}$/s) ?? [];
    const named = list.split(",").map((item) => item.trim())
      .filter((item) => item && !/^type\s+(?!as\b)/.test(item))
      .map((item) => item.split(/\s+as\s+/))
      .map(([name, local = name]) => ({ name, local }));
    const names = [
      ...first ? [{ name: "default", local: first }] : [],
      ...named,
    ];
    return [{ text: match[0], start: match.index, from, type, all, names }];
  });
}

/** A cell with something in the place of imports; what follows stays in its place. */
function replace(
  code: string,
  imports: Import[],
  substitute: (one: Import, i: number) => string,
): string {
  let at = 0, result = "";
  imports.forEach((one, i) => {
    result += code.slice(at, one.start);
    at = one.start + one.text.length;
    const text = substitute(one, i), lines = one.text.split("\n");
    result += lines.length === 1
      ? text.padEnd(one.text.length)
      : text + "\n".repeat(lines.length - 1) + " ".repeat(lines.pop()!.length);
  });
  return result + code.slice(at);
}

/** What the kernel is given for an import. */
function check({ text, from, type, all, names }: Import, used: Set<string>) {
  const options = type ? `, { with: { type: "${type}" } }` : "";
  const list = (isUsed: boolean) =>
    names.filter(({ local }) => used.has(local) === isUsed)
      .map(({ name, local }) => `${name} as ${local}`).join();
  if (names.length === 0) {
    return all ? `const ${all} = await import(${from}${options});` : text;
  }
  const loaded = `await globalThis[Symbol.for("course.import")](` +
    `import(${from}${options}), ${from}, "${list(true)}", "${list(false)}")`;
  const pattern = `{ ${
    names.map(({ name, local }) => `${name}: ${local}`).join(", ")
  } }`;
  return all
    ? `const ${all} = ${loaded}, ${pattern} = ${all};`
    : `const ${pattern} = ${loaded};`;
}
