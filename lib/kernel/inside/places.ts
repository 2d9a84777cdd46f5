/** Places in cells, found by the source maps of what Deno makes of them. */

import { SourceMap, type SourceMapPayload } from "node:module";

/** So many maps are kept: those of the cells that ran last. */
const MOST = 100;
const maps = new Map<string, SourceMap>();

/**
 * Where in a cell that stood which is at a line and a column of its program, all
 * counted from 1. Undefined where that is not known.
 */
export function placeIn(mappings: string, row: number, column: number) {
  if (!mappings) return undefined;
  let map = maps.get(mappings);
  if (!map) {
    const payload = { version: 3, sources: [""], mappings };
    map = new SourceMap(payload as SourceMapPayload);
    maps.set(mappings, map);
    if (maps.size > MOST) maps.delete(maps.keys().next().value!);
  }
  const entry = map.findEntry(row - 1, column - 1);
  // Without one in this line, that of an earlier line is found.
  const isThere = "generatedLine" in entry && entry.generatedLine === row - 1;
  if (!isThere) return undefined;
  return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}
