/**
 * Lines in errors are the cell's own. Deno's kernel runs a program that it makes of a
 * cell, without types and empty lines, and says where in that an error was. Here
 * places are found again by the comment that cell_source.ts puts behind each cell.
 */

import { fileURLToPath, pathToFileURL } from "node:url";
import { MOVED } from "./last_value.ts";
import { placeIn } from "./places.ts";

/** Columns that the kernel puts before the first line. */
const BEFORE = "'use strict'; void 0;".length;
/** How files of the relay and of Deno itself begin, as frames have them. */
const HIDDEN = [
  new URL("..", import.meta.url).href,
  fileURLToPath(new URL("..", import.meta.url)),
  "ext:",
];
/** Where the course's files are, seen from its notebooks. */
const LIBRARY = new URL("../lib/", pathToFileURL(`${Deno.cwd()}/`));
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
    stackTraceLimit: 50, // a cell may stand far below what it calls
    prepareStackTrace: (error: Error, frames: NodeJS.CallSite[]) => {
      const shown = frames.filter(isShown).filter((frame, i) =>
        i < 2 || !isOfLibrary(frame)
      );
      return [title(error), ...shown.map(line)].join("\n    at ");
    },
  });
}

/** Within packages and the course's own files two frames say where it was. */
function isOfLibrary(frame: NodeJS.CallSite): boolean {
  const file = frame.getFileName() ?? "";
  return file.includes("node_modules") ||
    [LIBRARY.href, fileURLToPath(LIBRARY)].some((start) =>
      file.startsWith(start)
    );
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
      const shift = row === "1" ? BEFORE : 0;
      const at = placeIn(mappings, Number(row), Number(column) - shift);
      if (!at) return `Cell [${cell}]`;
      const moved = `${at.line - 1}` === last ? MOVED : 0;
      const left = Math.max(1, at.column - moved);
      return `Cell [${cell}], line ${at.line}, column ${left}`;
    },
  );
}
