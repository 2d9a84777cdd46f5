/** The numbers of a chart as a table, for those who cannot see it or want them. */

import { type Column, htmlTable, MISSING } from "./html_table.ts";

/** What Plot has computed of a mark: lists of values by the names of its channels. */
export interface DrawnMark {
  /** "bar", "dot", "line" and so on. */
  kind: string;
  /** What tells it from others of the chart: its `ariaDescription`. */
  name?: string;
  channels: Record<string, { label?: string; values: unknown[] }>;
}

/** The label of each scale, such as "epoch"; null or undefined: none. */
export type Labels = Record<string, string | null | undefined>;

/** Marks that show numbers; rules and words help to read them. */
const KINDS = ["area", "bar", "cell", "dot", "line", "rect", "tick"];
/** Where words may say to which series a number belongs. */
const SERIES = ["z", "stroke", "fill", "symbol", "fx", "fy", "x", "y"];
/** Of more rows than these there is a selection. */
const MAX_ROWS = 40;
/** Points of each line in a selection, evenly spread. */
const POINTS_OF_A_LINE = 11;

/** Names of columns, and their values row by row. */
interface Rows {
  names: string[];
  rows: unknown[][];
  /** Places of the columns that say to which series a row belongs. */
  series: number[];
}

/**
 * A folded table for each mark that shows numbers, as HTML; "" if none does. A line of
 * two points is a guide for the eye and has none.
 */
export function numbersHtml(marks: DrawnMark[], labels: Labels): string {
  const known = new Set<string>();
  const tables = marks.filter(({ kind }) => KINDS.includes(kind))
    .flatMap((mark) => {
      const rows = rowsOf(mark, labels);
      // Dots on a line show again what the line shows.
      const keys = rows.rows.map((row) => keyOf([rows.names, row]));
      const isGuide = mark.kind === "line" && keys.length === 2 &&
        rows.series.length === 0;
      if (isGuide || keys.every((key) => known.has(key))) return [];
      for (const key of keys) known.add(key);
      const isLong = rows.rows.length > MAX_ROWS;
      const select = mark.kind === "line" ? thinned : inMeans;
      return tableOf(isLong ? select(rows) : rows, mark.name);
    });
  if (tables.length === 0) return "";
  return `<details><summary>Numbers</summary>${tables.join("")}</details>`;
}

function rowsOf({ channels }: DrawnMark, labels: Labels): Rows {
  const nameOf = (channel: string, axis = channel) => {
    const label = labels[axis] ?? channels[channel].label;
    return (label ?? (/^[xy]/.test(axis) ? axis : "series")).replace(
      /[←↑→↓]/g,
      "",
    ).trim();
  };
  const columns: { name: string; values: unknown[] }[] = [];
  const texts = SERIES.filter((name) =>
    channels[name]?.values.some((value) =>
      typeof value === "string" ? !value.startsWith("#") : name === "z"
    )
  );
  for (const channel of texts) {
    const { values } = channels[channel];
    const isKnown = columns.some((column) => isEqual(column.values, values));
    if (!isKnown) columns.push({ name: nameOf(channel), values });
  }
  const series = columns.map((_, place) => place);
  for (const axis of ["x", "y"]) {
    const [one, from, to] = [axis, `${axis}1`, `${axis}2`]
      .map((name) => channels[name]?.values);
    if (texts.includes(axis)) continue;
    if (one) columns.push({ name: nameOf(axis), values: one });
    else if (from && to && from.every((value) => value === 0)) {
      columns.push({ name: nameOf(`${axis}2`, axis), values: to });
    } else if (from && to) {
      const name = nameOf(`${axis}1`, axis);
      columns.push({ name: `${name}, from`, values: from });
      columns.push({ name: `${name}, to`, values: to });
    }
  }
  const count = columns[0]?.values.length ?? 0;
  return {
    names: columns.map(({ name }) => name),
    rows: Array.from(
      { length: count },
      (_, i) => columns.map(({ values }) => values[i]),
    ),
    series,
  };
}

/** A text that only equal values share; JSON knows no bigint. */
function keyOf(values: unknown[]): string {
  return values.map((value) =>
    Array.isArray(value) ? keyOf(value) : String(value)
  ).join("\0");
}

function isEqual(a: unknown[], b: unknown[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function bySeries({ rows, series }: Rows): unknown[][][] {
  const seriesOf = (row: unknown[]) => keyOf(series.map((k) => row[k]));
  return [...Map.groupBy(rows, seriesOf).values()];
}

/** Points of each line, the first and the last among them. */
function thinned(all: Rows): Rows {
  const rows = bySeries(all).flatMap((line) => {
    const last = line.length - 1;
    if (last < POINTS_OF_A_LINE) return line;
    return Array.from(
      { length: POINTS_OF_A_LINE },
      (_, i) => line[Math.round(i * last / (POINTS_OF_A_LINE - 1))],
    );
  });
  return { ...all, rows };
}

/** The means of each series. */
function inMeans(all: Rows): Rows {
  const rows = bySeries(all).map((group) =>
    all.names.map((_, k) => {
      if (all.series.includes(k)) return group[0][k];
      const numbers = group.map((row) => Number(row[k]));
      return numbers.reduce((sum, number) => sum + number) / numbers.length;
    }).concat(group.length)
  );
  const names = all.names.map((name, k) =>
    all.series.includes(k) ? name : `${name}, mean`
  );
  return { ...all, names: [...names, "points"], rows };
}

function tableOf({ names, rows }: Rows, caption?: string): string {
  const columns = names.map((name, k): Column => {
    const values = rows.map((row) => row[k]);
    return {
      name,
      isNumbers: values.some(isNumber),
      texts: values.map(textOf),
      isMissing: values.map((value) => value === null || value === undefined),
    };
  });
  return htmlTable(columns, rows.length, caption);
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** Four digits are more than a chart shows. */
const FORMAT = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 });

function textOf(value: unknown): string {
  if (value === null || value === undefined) return MISSING;
  if (value instanceof Date) return value.toISOString();
  if (!isNumber(value)) return String(value);
  const isTiny = Number(value) !== 0 && Math.abs(Number(value)) < 1e-4;
  return isTiny ? Number(value).toExponential(1) : FORMAT.format(value);
}
