/**
 * Makes stack traces name the lines of cells. Deno's kernel compiles a cell into a
 * program without types and empty lines, and reports positions in that program. We
 * map them back with the comment that cell_source.ts puts at the end of each cell.
 */

import { fileURLToPath, pathToFileURL } from "node:url";
import { MOVED } from "../cells/last_value.ts";
import { positionIn } from "../cells/source_positions.ts";

/** Columns that the kernel adds before the first line. */
const BEFORE = "'use strict'; void 0;".length;
/** Beginnings of file names in the course's kernel and in Deno itself. */
const HIDDEN = [
  new URL("..", import.meta.url).href,
  fileURLToPath(new URL("..", import.meta.url)),
  "ext:",
];
/** The folder of the course's files, as seen from its notebooks. */
const LIBRARY = new URL("../lib/", pathToFileURL(`${Deno.cwd()}/`));
/**
 * A position in a compiled cell: number, source map, the line that last_value.ts has
 * moved to the right, row, column.
 */
const PLACE = /cell:(\d+):([\w+/,;]*):(\d*);?:(\d+):(\d+)/g;
/** The note that V8 adds to code made by `eval`: it is no position in a cell. */
const EVAL = /eval at [^(]* \(:\d+:\d+\), /;

/** From now on `error.stack` names cells and their lines. */
export function nameCells() {
  Object.assign(Error, {
    stackTraceLimit: 50, // so that the cell itself is among the frames
    prepareStackTrace: (error: Error, frames: NodeJS.CallSite[]) => {
      const shown = frames.filter(isShown).filter((frame, i) =>
        i < 2 || !isOfLibrary(frame)
      );
      return [title(error), ...shown.map(line)].join("\n    at ");
    },
  });
}

/** Of packages and the course's own files the first two frames are enough. */
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

/** Frames of the course's kernel and of Deno itself are left out. */
function isShown(frame: NodeJS.CallSite): boolean {
  const file = frame.getFileName() ?? "";
  return !HIDDEN.some((start) => file.startsWith(start));
}

function line(frame: NodeJS.CallSite): string {
  return String(frame).replace(EVAL, "").replaceAll(
    PLACE,
    (_, cell, mappings, last, row, column) => {
      const shift = row === "1" ? BEFORE : 0;
      const at = positionIn(mappings, Number(row), Number(column) - shift);
      if (!at) return `Cell [${cell}]`;
      const moved = `${at.line - 1}` === last ? MOVED : 0;
      const left = Math.max(1, at.column - moved);
      return `Cell [${cell}], line ${at.line}, column ${left}`;
    },
  );
}
