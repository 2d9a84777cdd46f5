/**
 * Imports of a cell. Deno's kernel makes `const { a } = await import("m")` of
 * `import { a } from "m"`, so a name that "m" does not have is undefined without a
 * word. Here the same is made of it, with a check that checked_import.ts does.
 */

import { transpile } from "./transpile.ts";

/** A text in quotes. Without the second quote it ends where it has to end. */
const quoted = (quote: string, end = "") => {
  const plain = String.raw`[^${quote}\\${end}]*`;
  return String.raw`${quote}${plain}(?:\\[^]${plain})*${quote}?`;
};

/**
 * The parts of a cell. None of them can fail after it has begun, so that each letter
 * is read once, whatever the cell is.
 */
const PART = new RegExp(
  [
    String.raw`\/\/.*`,
    String.raw`\/\*[^]*?(?:\*\/|$)`,
    // A regular expression: after these letters a slash does not divide.
    String
      .raw`(?<=[-+=(,:?&|!;{}[>~^]\s{0,9})\/(?:[^\\/[\n]|\\.|\[(?:[^\\\]\n]|\\.)*\]?)+\/?`,
    ...[quoted('"', "\\n"), quoted("'", "\\n"), quoted("`")],
    String.raw`[\p{ID_Continue}$.]+`,
    String.raw`\S`,
  ].join("|"),
  "gu",
);

/** What may stand between "import" and "from". */
const OF_CLAUSE = /^(?:[\p{ID_Continue}$]+|[,{}*])$/u;
const TEXT = /^(["'])[^\\]*\1$/;
/** What stands between "import" and the module, with a space between its parts. */
const CLAUSE =
  /^(?:(?<first>[^\s*{},]+) (?:, (?=[*{])|(?=from$)))?(?:\* as (?<all>[^\s*{},]+) |\{ (?<list>[^*{}]*)\} )?from$/;
/** What may follow the name of the module. */
const BEHIND =
  /(?:\s*with\s*\{\s*(?:type|"type"|'type')\s*:\s*["'](?<type>\w+)["']\s*,?\s*\})?(?!\s*(?:with|assert)\s*\{)(?:[ \t]*;)?/y;

/** A word "import" of a cell, and what follows it. */
interface Found {
  start: number;
  /** The parts before the module. */
  clause: string;
  /** The module in its quotes, and where they end; undefined if none follows. */
  from?: string;
  end: number;
}

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

/**
 * A cell whose imports are checked; and, if all of them are known, the cell with what
 * stands for them where they were: of it Deno makes a program with the same lines.
 */
export function checkImports(code: string): { checked: string; like?: string } {
  if (!code.includes("import")) return { checked: code, like: code };
  const program = transpile(code)?.program;
  if (program === undefined) return { checked: code };
  const { imports: possible, isAll } = find(code);
  // Random, so that no cell can have it in a text.
  const mark = crypto.randomUUID();
  const marked = replace(code, possible, (_, i) => `import"${mark}${i}";`);
  const seen = transpile(marked)?.program;
  // Others are words of a text within a template, which Deno leaves as they are.
  const imports = possible.filter((_, i) =>
    seen?.includes(`import "${mark}${i}";`)
  );
  // Deno leaves out what the cell uses for types only, or not at all.
  const used = new Set(
    find(program).imports.flatMap(({ names }) =>
      names.map(({ local }) => local)
    ),
  );
  const checked = replace(code, imports, (one) => check(one, used));
  if (!seen || !isAll) return { checked };
  const like = replace(
    code,
    imports,
    ({ type }) => type ? "0,{a:{a:0}};" : "0;",
  );
  return { checked, like };
}

/** Whether a module is a file, by how it is written where it is imported. */
export function isFile(from: string): boolean {
  return /^(?:\.{1,2}\/|\/|file:)./.test(from);
}

/** The modules that a cell imports, also by `import()`, but not for types alone. */
export function modulesOf(code: string): string[] {
  return [...scan(code)].flatMap(({ from, clause }) =>
    from && !isOfTypes(clause) ? [from.slice(1, -1)] : []
  );
}

/** The imports of a cell that can be checked, and whether these are all. */
function find(code: string): { imports: Import[]; isAll: boolean } {
  const imports: Import[] = [];
  let isAll = true;
  for (const { start, clause, from, end } of scan(code)) {
    const parts = CLAUSE.exec(clause)?.groups;
    BEHIND.lastIndex = end;
    const behind = BEHIND.exec(code);
    if (parts && from && behind) {
      const { first, all, list = "" } = parts;
      const named = list.split(",").map((item) => item.trim())
        .filter((item) => item && !/^type (?!as \S+$)/.test(item))
        .map((item) => item.split(" as "))
        .map(([name, local = name]) => ({ name, local }));
      const names = [
        ...first ? [{ name: "default", local: first }] : [],
        ...named,
      ];
      const text = code.slice(start, end + behind[0].length);
      const { type } = behind.groups!;
      imports.push({ text, start, from, type, all, names });
    } else {
      // Calls, modules without names, and types: their lines stay as they are.
      isAll &&= /^\(?$/.test(clause) || isOfTypes(clause);
    }
  }
  return { imports, isAll };
}

/** Whether an import is for types alone: Deno makes nothing of it. */
function isOfTypes(clause: string): boolean {
  return clause.startsWith("type ") && !CLAUSE.test(clause);
}

/** Each word "import" that is in no comment and no text. */
function* scan(code: string): Generator<Found> {
  let start: number | undefined, parts: string[] = [];
  for (const { 0: part, index } of code.matchAll(PART)) {
    if (/^\/[/*]/.test(part)) continue;
    if (start !== undefined) {
      const isFirst = parts.length === 0, isCall = parts[0] === "(";
      const isText = TEXT.test(part) &&
        (isFirst || isCall || parts.at(-1) === "from");
      const goesOn = part !== "import" && !isCall &&
        (OF_CLAUSE.test(part) || isFirst && part === "(");
      if (goesOn) {
        parts.push(part);
        continue;
      }
      const from = isText ? part : undefined;
      yield { start, clause: parts.join(" "), from, end: index + part.length };
    }
    start = part === "import" ? index : undefined;
    parts = [];
  }
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
