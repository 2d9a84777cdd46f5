/** Explains why a cell could not run, where Deno's kernel does not say it. */

import { runDeno } from "../cells/run_deno.ts";
import { syntaxPosition } from "../cells/syntax_position.ts";
import type { Request } from "./request.ts";
import { type CellError, STOPPED, UNKNOWN, withHelp } from "./texts.ts";

/** Code from Python notebooks, and what to write here instead. */
const FROM_PYTHON: [RegExp, string][] = [
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

/** The error that a cell ended with, in full; undefined where it has none. */
export async function errorOf(
  { reply, error: known, thrown, isStopped, message }: Request,
): Promise<CellError | undefined> {
  const error = known && withHelp(known, thrown);
  const isError = reply?.content.status === "error";
  if (!isError || error && !hasNoPosition(error)) return error;
  if (isStopped) return STOPPED;
  return await explainSyntaxError(message.content.code, error)
    .catch(() => error ?? UNKNOWN);
}

/** The error of a cell in full: `known`, if there is one, with its position added. */
async function explainSyntaxError(
  code: string,
  known?: CellError,
): Promise<CellError> {
  if (known) return await withPosition(known, code);
  const found = await syntaxError(code) ?? await importError(code);
  const [, hint] =
    FROM_PYTHON.find(([pattern]) =>
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

/** The parser's words in a student's. */
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
function hasNoPosition(
  { ename, traceback = [] }: Partial<CellError>,
): boolean {
  return ename === "SyntaxError" &&
    !traceback.some((line) => /^\s+at /.test(line));
}

/** Adds its position in the cell to an error, if that is found. */
async function withPosition(
  error: CellError,
  code: string,
): Promise<CellError> {
  const place = await syntaxPosition(code, error.evalue);
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

/** The syntax error that `deno fmt` reports: it parses cells as the kernel does. */
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
  const stderr = new TextDecoder().decode((await formatter.output()).stderr);
  const [, error] = stderr.match(/^error: (SyntaxError: .*?)\n\n/s) ?? [];
  return error;
}

/** The error of a package that a cell imports; those of files the kernel reports. */
async function importError(code: string): Promise<string | undefined> {
  const address = `data:application/typescript,${encodeURIComponent(code)}`;
  const { stdout } = await runDeno(["info", "--json", address]);
  const { modules } = JSON.parse(stdout);
  return modules.map(({ error }: { error?: string }) => error)
    .find((error: string | undefined) => error !== undefined);
}
