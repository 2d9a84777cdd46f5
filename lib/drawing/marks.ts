/** Checks the marks of a chart: Plot would silently draw nothing without values. */

import * as Plot from "@observablehq/plot";
import { inWords } from "../errors/in_words.ts";
import { meantBy } from "../errors/options.ts";
import type { DrawnMark } from "./numbers.ts";

/** A mark of Plot, with properties that Plot's types leave out. */
type Mark = Plot.RenderableMark & {
  data: unknown;
  channels: Channels;
  fx?: unknown;
  fy?: unknown;
  ariaLabel?: string;
  ariaDescription?: string | null;
  initialize(...given: [facets: unknown, ofFacets?: Channels]): Made;
};

/** What Plot makes of a mark: its values, and the places of those that it draws. */
interface Made {
  channels: Channels;
  /** For each panel the places of its rows; `original` are those in the table given. */
  facets?: Iterable<number>[] & { original?: Iterable<number>[] };
}

type Channels = Record<string, { value?: unknown; label?: string }>;

/**
 * Options of a chart in the form that Plot can draw: tables of polars become rows,
 * and each mark checks that its rows have the columns it uses. `onMark` is told of each
 * mark when Plot has computed its values.
 *
 * @throws {TypeError} when marks are not a list of marks, or one has no rows.
 */
export function drawable(
  plot: Plot.PlotOptions,
  onMark: (mark: DrawnMark) => void,
): Plot.PlotOptions {
  const { facet } = plot;
  // Not typed, because TypeScript cannot follow lists nested to any depth.
  const marks: unknown = plot.marks ?? [];
  if (!Array.isArray(marks)) throw noMark(marks);
  const known = new Map<unknown, unknown>();
  // Marks of one table must share their rows, by which Plot recognises facets.
  const rowsOf = (data: unknown) => {
    if (!known.has(data)) known.set(data, toRows(data));
    return known.get(data);
  };
  return {
    ...plot,
    marks: (marks.flat(Infinity) as Plot.Markish[])
      .map((mark) => withRows(mark, { rowsOf, onMark })),
    ...(facet?.data ? { facet: { ...facet, data: rowsOf(facet.data) } } : {}),
  } as Plot.PlotOptions;
}

function noMark(value: unknown): TypeError {
  return new TypeError(
    `Cannot draw "${inWords(value)}" as marks: write them in a list, as in ` +
      `marks: [Plot.dot(rows, { x: "epoch", y: "loss" })]`,
  );
}

function withRows(
  mark: Plot.Markish,
  { rowsOf, onMark }: {
    rowsOf: (data: unknown) => unknown;
    onMark: (mark: DrawnMark) => void;
  },
): Plot.Markish {
  if (mark === null || mark === undefined) return mark;
  if (typeof mark !== "function" && !("render" in Object(mark))) {
    throw noMark(mark);
  }
  const { data, channels, fx, fy, initialize } = mark as Mark;
  const { ariaLabel: kind = "", ariaDescription: name } = mark as Mark;
  if (data === null || data === undefined) return mark;
  const asked = { ...channels, fx: { value: fx }, fy: { value: fy } };
  const rows = rowsOf(data);
  // The mark itself is not changed, because another chart may draw it again.
  return Object.create(mark, {
    data: { value: rows },
    initialize: {
      value(facets: unknown, ofFacets?: Channels, ...more: []) {
        const made = initialize.call(this, facets, ofFacets, ...more);
        const found = { ...ofFacets, ...made.channels };
        checkColumns(rows, asked, found);
        onMark({
          kind,
          name: name ?? undefined,
          channels: drawn(made, ofFacets),
        });
        return made;
      },
    },
  });
}

/** The values of what is drawn, channel by channel, and in which panel. */
function drawn(
  { channels, facets = [] }: Made,
  ofFacets: Channels = {},
): DrawnMark["channels"] {
  const listsOf = (channels: Channels) =>
    Object.entries(channels).flatMap(([name, { value, label }]) =>
      Symbol.iterator in Object(value)
        ? [{ name, label, all: [...value as Iterable<unknown>] }]
        : []
    );
  const places = facets.map((facet) => [...facet]);
  const rows = listsOf(channels).map(({ name, label, all }) => {
    const values = places.flat().map((place) => all[place]);
    return [name, { label, values }] as const;
  });
  const panels = listsOf(ofFacets).map(({ name, label, all }) => {
    // A row that sums up others, such as a mean, has no place in the table given.
    const values = places.flatMap((own, i) => {
      const [first] = facets.original?.[i] ?? [];
      return own.map(() => all[first]);
    });
    return [name, { label, values }] as const;
  });
  return Object.fromEntries([...rows, ...panels]);
}

/** A polars table as rows. Its method identifies it, since polars is large to import. */
function toRows(data: unknown): unknown {
  const { toRecords, length, type, schema } = Object(data);
  if (typeof toRecords === "function") return Object(data).toRecords();
  const isList = Symbol.iterator in Object(data) || length !== undefined;
  // Something else may still be GeoJSON or a table of Apache Arrow.
  if (isList || typeof type === "string" || schema) return data;
  throw new TypeError(
    `Cannot draw "${
      inWords(data)
    }" as the rows of a mark: give them in a list, ` +
      `such as [{ epoch: 1, loss: 0.2 }]` +
      (data instanceof Promise ? `; put await before the promise` : ""),
  );
}

/**
 * Checks that the rows have the columns that a mark asks for. `found` are the values
 * that Plot has computed from them.
 *
 * @throws {RangeError} when no row has a column, and Plot found no values for it.
 */
function checkColumns(rows: unknown, asked: Channels, found: Channels) {
  if (!Array.isArray(rows) || rows.length === 0) return;
  // GeoJSON has its columns in `properties`.
  const hasColumn = (row: unknown, name: string) =>
    name in Object(row) || name in Object(Object(row).properties);
  const byName = new Map<string, string[]>();
  for (const [channel, { value }] of Object.entries(asked)) {
    // A computed channel, such as a sum, has the name of its column as its label.
    const name = typeof value === "string" ? value : Object(value).label;
    // Plot itself makes the columns of trees, such as "node:name".
    if (typeof name !== "string" || name.startsWith("node:")) continue;
    if (rows.some((row) => hasColumn(row, name))) continue;
    byName.set(name, [...byName.get(name) ?? [], channel]);
  }
  for (const [name, channels] of byName) {
    const values = channels.flatMap((channel) =>
      Array.from((found[channel]?.value ?? []) as Iterable<unknown>)
    );
    if (values.some(Boolean)) continue;
    const columns = Object.keys(Object(rows[0]));
    const meant = meantBy(name, columns);
    throw new RangeError(
      `Cannot draw the column "${name}" as ${
        channels[0].replace(/[12]$/, "")
      }` +
        `: no row has it; ` +
        (columns.length === 0
          ? `the rows have no columns`
          : `the columns are ${new Intl.ListFormat("en").format(columns)}`) +
        (meant ? `; you may have meant "${meant}"` : ""),
    );
  }
}
