/**
 * Imports of a cell. Deno's kernel turns `import { a } from "m"` into
 * `const { a } = await import("m")`, so a name that "m" does not export is silently
 * undefined. We write the same, with a check by checked_import.ts in between.
 */

import { transpile } from "./transpile.ts";

/** A string in quotes. If the closing quote is missing, it ends at `end` or never. */
const quoted = (quote: string, end = "") => {
  const plain = String.raw`[^${quote}\\${end}]*`;
  return String.raw`${quote}${plain}(?:\\[^]${plain})*${quote}?`;
};

/**
 * The tokens of a cell. No alternative can fail once it has matched its first
 * character, so no cell, however strange, makes the search slow.
 */
const PART = new RegExp(
  [
    String.raw`\/\/.*`,
    String.raw`\/\*[^]*?(?:\*\/|$)`,
    // A regular expression: after these characters a slash is no division.
    String
      .raw`(?<=[-+=(,:?&|!;{}[>~^]\s{0,9})\/(?:[^\\/[\n]|\\.|\[(?:[^\\\]\n]|\\.)*\]?)+\/?`,
    ...[quoted('"', "\\n"), quoted("'", "\\n"), quoted("`")],
    String.raw`[\p{ID_Continue}$.]+`,
    String.raw`\S`,
  ].join("|"),
  "gu",
);

/** A token that may stand between "import" and "from". */
const OF_CLAUSE = /^(?:[\p{ID_Continue}$]+|[,{}*])$/u;
const TEXT = /^(["'])[^\\]*\1$/;
/** The tokens between "import" and the module, joined by spaces. */
const CLAUSE =
  /^(?:(?<first>[^\s*{},]+) (?:, (?=[*{])|(?=from$)))?(?:\* as (?<all>[^\s*{},]+) |\{ (?<list>[^*{}]*)\} )?from$/;
/** What may follow the module's name: attributes and a semicolon. */
const BEHIND =
  /(?:\s*with\s*\{\s*(?:type|"type"|'type')\s*:\s*["'](?<type>\w+)["']\s*,?\s*\})?(?!\s*(?:with|assert)\s*\{)(?:[ \t]*;)?/y;

/** An `import` in a cell, and what follows it. */
interface Found {
  start: number;
  /** The tokens before the module. */
  clause: string;
  /** The module in quotes; undefined if none follows. `end` is the place after it. */
  from?: string;
  end: number;
}

/** An import statement of a cell, and its position there. */
interface Import {
  text: string;
  start: number;
  from: string;
  /** The type in its attributes, such as "json". */
  type?: string;
  /** The name of `* as name`. */
  all?: string;
  names: { name: string; local: string }[];
}

/**
 * Rewrites a cell so that its imports are checked. If we understand all of them,
 * `like` is the cell with placeholders in their place: it compiles to a program with
 * the same lines as the kernel's.
 */
export function checkImports(code: string): { checked: string; like?: string } {
  if (!code.includes("import")) return { checked: code, like: code };
  const program = transpile(code)?.program;
  if (program === undefined) return { checked: code };
  const { imports: possible, isAll } = find(code);
  // Random, so that no cell can contain it.
  const mark = crypto.randomUUID();
  const marked = replace(code, possible, (_, i) => `import"${mark}${i}";`);
  const seen = transpile(marked)?.program;
  // The others are words in a template string, which the compiler does not touch.
  const imports = possible.filter((_, i) =>
    seen?.includes(`import "${mark}${i}";`)
  );
  // The compiler drops names that the cell uses only as types, or never.
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

/** Whether an import names a file, not a package. */
export function isFile(from: string): boolean {
  return /^(?:\.{1,2}\/|\/|file:)./.test(from);
}

/** The modules that a cell imports, also by `import()`, except for types only. */
export function modulesOf(code: string): string[] {
  return [...scan(code)].flatMap(({ from, clause }) =>
    from && !isOfTypes(clause) ? [from.slice(1, -1)] : []
  );
}

/** The imports of a cell that can be checked; `isAll` says that there are no others. */
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
      // Calls, modules without names, and types keep their lines.
      isAll &&= /^\(?$/.test(clause) || isOfTypes(clause);
    }
  }
  return { imports, isAll };
}

/** Whether an import is only for types, so that the compiler removes it. */
function isOfTypes(clause: string): boolean {
  return clause.startsWith("type ") && !CLAUSE.test(clause);
}

/** Each `import` that is in no comment and no string. */
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

/** Replaces imports in a cell; all that follows keeps its line and column. */
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

/** The statement that replaces an import. */
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
