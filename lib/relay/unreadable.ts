/** Why Deno's kernel could not run a cell of which it says nothing itself. */

import { syntaxPlace } from "./syntax_place.ts";
import { UNKNOWN } from "./words.ts";

/** What a front end shows of an error. */
export interface Told {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** What belongs to other notebooks, and what there is here in its place. */
const ELSEWHERE: [RegExp, string][] = [
  [
    /^\s*(!|%)?\s*(pip|conda|npm)\s+install\b/,
    'a package is imported by its name: import x from "npm:NAME"',
  ],
  [/^\s*[%!]/, "commands with % and ! are of Python's notebooks"],
  [
    /^\s*(from\s+\w+\s+)?import\s+\w+(\.\w+)*(\s+as\s+\w+)?\s*$/,
    'this is Python; here one writes import * as x from "npm:NAME"',
  ],
  [
    /^\s*(def|elif)\b|:\s*$/,
    "is this Python? A function is: function f(x) { … }",
  ],
];

/** Looks for what is wrong with a cell, or for the place of what `said` says of it. */
export async function whyUnreadable(code: string, said?: Told): Promise<Told> {
  if (said) return await placed(said, code);
  const found = await syntaxError(code) ?? await importError(code);
  const [, hint] =
    ELSEWHERE.find(([pattern]) =>
      code.split("\n").some((line) => pattern.test(line))
    ) ?? [];
  const [first, ...rest] = (found ?? UNKNOWN.evalue).split("\n");
  const [, kind = "Error", reason] = first.match(/^(\w*Error): (.*)$/) ??
    [, , first];
  const place = rest.join("\n").match(/:(\d+):(\d+)\s*$/);
  const evalue = reason +
    (place ? `, line ${place[1]}, column ${place[2]}` : "") +
    (hint ? `; ${hint}` : "");
  const shown = rest.filter((line) => !/^\s*at file:/.test(line));
  return { ename: kind, evalue, traceback: [`${kind}: ${evalue}`, ...shown] };
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
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "info",
      "--json",
      `data:application/typescript,${encodeURIComponent(code)}`,
    ],
    env: { NO_COLOR: "1" },
    stderr: "null",
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  return modules.map(({ error }: { error?: string }) => error)
    .find((error: string | undefined) => error !== undefined);
}
