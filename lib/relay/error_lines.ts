/**
 * Lines in errors are the cell's own. Deno's kernel runs a program that it makes of a
 * cell, without types and empty lines, and says where in that an error was. Here
 * places are found again by the comment that cell_source.ts puts behind each cell.
 */

import { fileURLToPath } from "node:url";
import { SourceMap, type SourceMapPayload } from "node:module";

/** Columns that the kernel puts before the first line. */
const BEFORE = "'use strict'; void 0;".length;
/** Where the relay's own files are. */
const RELAY = fileURLToPath(new URL(".", import.meta.url));

interface Frame extends NodeJS.CallSite {
  getScriptNameOrSourceURL(): string | null;
}

/** From now on each `error.stack` in this kernel names cells, and their lines. */
export function nameCells() {
  Object.assign(Error, {
    prepareStackTrace: (error: Error, frames: Frame[]) =>
      [title(error), ...frames.filter(isShown).map(line)].join("\n    at "),
  });
}

function title(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error"; // its name or message throws
  }
}

/** Frames of the relay and of Deno itself help nobody. */
function isShown(frame: Frame): boolean {
  const file = frame.getFileName() ?? "";
  return !file.startsWith(RELAY) && !file.startsWith("ext:");
}

function line(frame: Frame): string {
  const text = String(frame);
  const script = frame.getScriptNameOrSourceURL();
  const [, cell, mappings] = script?.match(/^cell:(\d+):([^:]*):/) ?? [];
  if (!cell) return text;
  const row = frame.getLineNumber()!, column = frame.getColumnNumber()!;
  const at = find(mappings, row, column);
  const place = `Cell [${cell}]` +
    (at ? `, line ${at.row}, column ${at.column}` : "");
  return text.replace(`${script}:${row}:${column}`, () => place);
}

const maps = new Map<string, SourceMap>();

/** Where in a cell that is which stands there in the program made of it. */
function find(mappings: string, row: number, column: number) {
  if (!mappings) return undefined;
  let map = maps.get(mappings);
  if (!map) {
    const payload = { version: 3, sources: [""], mappings };
    map = new SourceMap(payload as SourceMapPayload);
    maps.set(mappings, map);
  }
  const shift = row === 1 ? BEFORE : 0;
  const entry = map.findEntry(row - 1, column - 1 - shift);
  // Without one in this line, that of an earlier line is found.
  if (!("generatedLine" in entry) || entry.generatedLine !== row - 1) return;
  return { row: entry.originalLine + 1, column: entry.originalColumn + 1 };
}
