/**
 * Lines in errors are the cell's own. Deno's kernel runs a program that it makes of a
 * cell, without types and empty lines, and says where in that an error was. Here
 * places are found again by the comment that cell_source.ts puts behind each cell.
 */

import { fileURLToPath } from "node:url";
import { SourceMap, type SourceMapPayload } from "node:module";
import { MOVED } from "./last_value.ts";

/** Columns that the kernel puts before the first line. */
const BEFORE = "'use strict'; void 0;".length;
/** How files of the relay and of Deno itself begin, as frames have them. */
const HIDDEN = [
  new URL(".", import.meta.url).href,
  fileURLToPath(new URL(".", import.meta.url)),
  "ext:",
];
/**
 * A place in what the kernel made of a cell: number, source map, the line that
 * last_value.ts has moved to the right, line, column.
 */
const PLACE = /cell:(\d+):([\w+/,;]*):(\d*);?:(\d+):(\d+)/g;
/** Where what is made of a text was made: a place that is in no cell. */
const EVAL = /eval at [^(]* \(:\d+:\d+\), /;

/** From now on each `error.stack` in this kernel names cells, and their lines. */
export function nameCells() {
  Object.assign(Error, {
    prepareStackTrace: (error: Error, frames: NodeJS.CallSite[]) =>
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
function isShown(frame: NodeJS.CallSite): boolean {
  const file = frame.getFileName() ?? "";
  return !HIDDEN.some((start) => file.startsWith(start));
}

function line(frame: NodeJS.CallSite): string {
  return String(frame).replace(EVAL, "").replaceAll(
    PLACE,
    (_, cell, mappings, last, row, column) => {
      const place = { row: Number(row), column: Number(column) };
      return `Cell [${cell}]${find(mappings, place, last)}`;
    },
  );
}

const maps = new Map<string, SourceMap>();

/** Where in the cell that stood; nothing where it is not sure. */
function find(
  mappings: string,
  { row, column }: { row: number; column: number },
  last: string,
): string {
  if (!mappings) return "";
  let map = maps.get(mappings);
  if (!map) {
    const payload = { version: 3, sources: [""], mappings };
    map = new SourceMap(payload as SourceMapPayload);
    maps.set(mappings, map);
  }
  const shift = row === 1 ? BEFORE : 0;
  const entry = map.findEntry(row - 1, column - 1 - shift);
  // Without one in this line, that of an earlier line is found.
  if (!("generatedLine" in entry) || entry.generatedLine !== row - 1) return "";
  const { originalLine, originalColumn } = entry;
  const moved = `${originalLine}` === last ? MOVED : 0;
  return `, line ${originalLine + 1}, column ${
    Math.max(0, originalColumn - moved) + 1
  }`;
}
