/** Describes the classes and constants of lib/backend/assembly/ in TypeScript. */

import {
  ClassDeclaration,
  ExportStatement,
  FieldDeclaration,
  FunctionDeclaration,
  NamedTypeNode,
  type Node,
  type Source,
  type TypeNode,
  VariableStatement,
} from "assemblyscript";
import { JOB_WORDS } from "../lib/backend/threads/protocol.ts";

/** Types of fields, four bytes each; a field may also be the address of a class. */
const TYPES = ["usize", "i32", "f32"];

const HEAD = `/**
 * The fields of the classes that the WebAssembly reads, in their order, the class
 * of each task's job, and the constants that TypeScript shares with it.
 *
 * Written by \`deno task wasm\` from the classes in assembly/: change those.
 */
`;

/** Names of the constants that the files export. */
export function constantsOf(sources: Source[]) {
  return sources.map((source) => ({
    file: source.internalPath,
    names: constants(source).flatMap(({ declarations }) =>
      declarations.map(({ name }) => name.text)
    ),
  })).filter(({ names }) => names.length > 0);
}

function constants({ statements, text }: Source): VariableStatement[] {
  return ofType(statements, VariableStatement)
    .filter(({ range }) => text.startsWith("export const", range.start));
}

/**
 * The text of lib/backend/threads/jobs.ts, formatted.
 *
 * @throws {RangeError} for a class that has other members than numbers of four bytes,
 * is too large for a job, or has the name of another class.
 */
export function describe(
  sources: Source[],
  valueOf: (constant: string) => number,
): string {
  const statements = sources.flatMap(({ statements }) => statements);
  const classes = Map.groupBy(
    ofType(statements, ClassDeclaration),
    ({ name }) => name.text,
  );
  const described = new Map<string, { text: string; words: number }>();
  const describeClass = (name: string): number => {
    const known = described.get(name);
    if (known) return known.words;
    const [declaration, other] = classes.get(name) ?? [];
    if (!declaration) fail(name, "no number of four bytes, and no class");
    if (other) fail(name, "two classes have this name");
    const { extendsType, members } = declaration;
    const base = extendsType && nameOf(extendsType);
    const lines = base ? [`  ...${base},`] : [];
    const words = members.length + (base ? describeClass(base) : 0);
    for (const member of members) {
      if (!(member instanceof FieldDeclaration)) {
        fail(name, "not of fields only");
      }
      const type = nameOf(member.type);
      if (!TYPES.includes(type)) describeClass(type);
      const { above, beside } = commentsOf(member);
      const comment = beside ? `/** ${beside} */` : "";
      const field = `${member.name.text}: "${type}",`;
      const isShort = comment.length + field.length < 78;
      const own = isShort ? [`${comment} ${field}`.trim()] : [comment, field];
      lines.push(...[...above, ...own].map((line) => `  ${line}`));
    }
    const text =
      `/** In assembly/${declaration.range.source.normalizedPath}. */\n` +
      `export const ${name} = {\n${lines.join("\n")}\n};\n`;
    described.set(name, { text, words });
    return words;
  };
  const tasks = tasksOf(sources).map(({ name, signature }) => {
    const job = nameOf(signature.parameters[0].type);
    if (describeClass(job) > JOB_WORDS) {
      fail(job, `over ${JOB_WORDS} words`);
    }
    return `  ${name.text}: ${job},\n`;
  });
  return [
    HEAD,
    ...sources.flatMap(constants).map((statement) =>
      docOf(statement) +
      statement.declarations.map(({ name: { text } }) =>
        `export const ${text} = ${valueOf(text)};\n`
      ).join("")
    ),
    ...[...described.values()].map(({ text }) => text),
    `/** The class of each task's job. */\n` +
    `export const TASKS = {\n${tasks.join("")}};\n`,
  ].join("\n");
}

/** The functions that mod.ts exports. */
function tasksOf(sources: Source[]): FunctionDeclaration[] {
  const mod = sources.find(({ internalPath }) => internalPath === "mod")!;
  return ofType(mod.statements, ExportStatement).flatMap((statement) => {
    const { statements } = sources.find(({ internalPath }) =>
      internalPath === statement.internalPath
    )!;
    const functions = ofType(statements, FunctionDeclaration);
    const names = statement.members?.map(({ localName }) => localName.text);
    return functions.filter(({ name, range }) =>
      names?.includes(name.text) ??
        range.source.text.startsWith("export", range.start)
    );
  });
}

function ofType<T>(
  nodes: Node[],
  type: abstract new (...rest: never[]) => T,
): T[] {
  return nodes.filter((node) => node instanceof type) as T[];
}

function nameOf(type: TypeNode | null): string {
  return (type as NamedTypeNode).name.identifier.text;
}

/** The comment above a statement, with its line break. */
function docOf({ range }: Node): string {
  const before = range.source.text.slice(0, range.start);
  return before.match(/\/\*\*(?:(?!\*\/)[^])*\*\/\n$/)?.[0] ?? "";
}

/** The comments on the lines above a field, and the comment beside it. */
function commentsOf({ range: { start, end, source: { text } } }: Node) {
  const [above] = text.slice(0, start).match(/(?:(?:\n *\/\/.*)*\n *)?$/)!;
  const [, beside] = text.slice(end).match(/^;? *(?:\/\/ (.*))?/)!;
  const lines = above.split("\n").map((line) => line.trim()).filter(Boolean);
  return { above: lines, beside };
}

function fail(name: string, why: string): never {
  throw new RangeError(`Cannot describe "${name}": ${why}`);
}
