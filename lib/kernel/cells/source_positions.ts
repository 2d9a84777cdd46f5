/** Positions in cells, found by the source maps of their compiled programs. */

import { SourceMap, type SourceMapPayload } from "node:module";

/** So many parsed maps are kept: those of the cells that ran last. */
const MAX_MAPS = 100;
const maps = new Map<string, SourceMap>();

/**
 * The line and column in a cell for a row and column of its compiled program, all
 * counted from 1. Undefined where the source map does not say.
 */
export function positionIn(mappings: string, row: number, column: number) {
  if (!mappings) return undefined;
  let map = maps.get(mappings);
  if (!map) {
    const payload = { version: 3, sources: [""], mappings };
    map = new SourceMap(payload as SourceMapPayload);
    maps.set(mappings, map);
    if (maps.size > MAX_MAPS) maps.delete(maps.keys().next().value!);
  }
  const entry = map.findEntry(row - 1, column - 1);
  // Where this row has no entry, SourceMap returns that of an earlier row.
  const isThere = "generatedLine" in entry && entry.generatedLine === row - 1;
  if (!isThere) return undefined;
  return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}
