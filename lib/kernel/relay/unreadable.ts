/** Why a cell could not be run, where Deno's kernel does not say it. */

import { askDeno } from "../cells/ask_deno.ts";
import { syntaxPlace } from "../cells/syntax_place.ts";
import { type Told, UNKNOWN } from "./words.ts";

/** What belongs to other notebooks, and what there is here in its place. */
const ELSEWHERE: [RegExp, string][] = [
  [
    /^\s*(!|%)?\s*(pip|conda|npm)\s+install\b/,
    'a package is imported by its name: import x from "npm:NAME"',
  ],
  [/^\s*[%!]/, "commands with % and ! are of Python's notebooks"],
  [
    /^\s*(from\s+[\w.]+\s+)?import\s+\w+(\.\w+)*(\s+as\s+\w+)?(\s*,\s*\w+)*\s*$/,
    "this is Python. Here Math has what math has, as in Math.sqrt(2); pl, which is " +
    "polars, and tf do what numpy and pandas do; packages are imported by import " +
    '* as x from "npm:NAME"',
  ],
  [/^\s*#(?!!)/, "here a comment begins with //"],
  [
    /^\s*(def|elif)\b|^\s*(if|else|for|while|with|try|except|class)\b[^{]*:\s*[^{]*$/,
    "is this Python? Here it is function f(x) { … }, and if (x > 3) { … }",
  ],
  [/\bf(["']).*\1/, "here a text with values in it is `loss ${loss}`"],
  [/\blambda\b/, "here it is (x) => x + 1"],
  [/\[.*\bfor\b.*\bin\b.*\]/, "here it is list.map((x) => x + 1)"],
  [/\w\[\s*-?\w*\s*:\s*-?\w*\s*\]/, "here it is list.slice(0, 10)"],
  [/\b(and|or|not)\b/, "here it is a && b, a || b, !a"],
];

/** Looks for what is wrong with a cell, or for the place of what `said` says of it. */
export async function whyUnreadable(code: string, said?: Told): Promise<Told> {
  if (said) return await placed(said, code);
  const found = await syntaxError(code) ?? await importError(code);
  const [, hint] =
    ELSEWHERE.find(([pattern]) =>
      code.split("\n").some((line) => pattern.test(line))
    ) ?? [];
  const [first, ...rest] = plain(found ?? UNKNOWN.evalue).split("\n");
  const [, kind = "Error", reason] = first.match(/^(\w*Error): (.*)$/) ??
    [, , first];
  const place = rest.join("\n").match(/:(\d+):(\d+)\s*$/);
  const evalue = reason +
    (place ? `, line ${place[1]}, column ${place[2]}` : "") +
    (hint ? `; ${hint}` : "");
  const shown = rest.filter((line) => !/^\s*at file:/.test(line));
  return { ename: kind, evalue, traceback: [`${kind}: ${evalue}`, ...shown] };
}

/** The parser's words in those of a student. */
function plain(text: string): string {
  return text
    .replace(
      /Unexpected token `<lexing error: .*UnterminatedTpl.*?>`.*/,
      "A text in backticks is not closed",
    )
    .replace(
      /(Expected .*?), got '<eof>'/,
      "$1, and the cell ends: is a bracket or a quote not closed?",
    )
    .replaceAll("<eof>", "the end of the cell")
    .replaceAll(/'(numeric|string) literal \((.*?), .*?\)'/g, "$2");
}

/** Whether an error of Deno's kernel does not say where in the cell it is. */
export function isUnplaced({ ename, traceback = [] }: Partial<Told>): boolean {
  return ename === "SyntaxError" &&
    !traceback.some((line) => /^\s+at /.test(line));
}

/** An error of Deno's kernel with its place in the cell, if that is found. */
async function placed(error: Told, code: string): Promise<Told> {
  const place = await syntaxPlace(code, error.evalue);
  if (!place) return error;
  const { line, column } = place;
  const evalue = `${error.evalue}, line ${line}, column ${column}`;
  const margin = " ".repeat(`${line}`.length) + " |";
  const traceback = [
    `${error.ename}: ${evalue}`,
    margin,
    `${line} | ${code.split("\n")[line - 1]}`,
    `${margin} ${" ".repeat(column - 1)}~`,
    ...error.traceback.slice(1),
  ];
  return { ...error, evalue, traceback };
}

/** What Deno's formatter says of it, which reads cells as the kernel does. */
async function syntaxError(code: string): Promise<string | undefined> {
  const formatter = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--no-config", "--check", "--ext", "ts", "-"],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = formatter.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const said = new TextDecoder().decode((await formatter.output()).stderr);
  const [, error] = said.match(/^error: (SyntaxError: .*?)\n\n/s) ?? [];
  return error;
}

/** What Deno says of the packages that it imports; of files the kernel says it. */
async function importError(code: string): Promise<string | undefined> {
  const address = `data:application/typescript,${encodeURIComponent(code)}`;
  const { said } = await askDeno(["info", "--json", address]);
  const { modules } = JSON.parse(said);
  return modules.map(({ error }: { error?: string }) => error)
    .find((error: string | undefined) => error !== undefined);
}
