/** The numbers of a chart as tables, for those who cannot see it or want to know them. */

import { type Column, htmlTable, MISSING } from "./html_table.ts";

/** What Plot draws for a mark: lists of values by the names of its channels. */
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
const KINDS = ["area", "bar", "dot", "line", "rect", "tick"];
/** Where words may say to which series a number belongs. */
const SERIES = ["z", "stroke", "fill", "symbol", "fx", "fy", "x", "y"];
/** What shows a number by other means than a place. */
const SHADES = ["stroke", "fill", "r"];
/** The scale of a channel, where it has another name. */
const SCALES: Record<string, string> = { stroke: "color", fill: "color" };
/** Of more rows than these there is a selection. */
const MAX_ROWS = 45;
/** Points of each line in a selection, evenly spread. */
const POINTS_OF_A_LINE = 11;

/** Names of columns, and their values row by row. */
interface Rows {
  names: string[];
  rows: unknown[][];
  /** Places of the columns that say to which series a row belongs. */
  series: number[];
  /** What of all rows is shown, where it is not all. */
  selection?: string;
}

/**
 * Folded tables of the marks that show numbers, as HTML; "" if there are none. A line
 * of two points without a name is a guide for the eye.
 */
export function numbersHtml(marks: DrawnMark[], labels: Labels): string {
  const known = new Set<string>();
  const tables = marks.filter(({ kind }) => KINDS.includes(kind))
    .flatMap(({ kind, name, channels }) => {
      const all = rowsOf(channels, labels);
      // Dots on a line show again what the line shows.
      const keys = all.rows.map((row) => keyOf([all.names, row]));
      const isGuide = kind === "line" && keys.length === 2 &&
        all.series.length === 0 && name === undefined;
      if (isGuide || keys.every((key) => known.has(key))) return [];
      for (const key of keys) known.add(key);
      const { selection, ...shown } = selected(all, kind);
      const caption = [name, selection].filter(Boolean).join("; ");
      return tableOf(shown, caption || undefined);
    });
  if (tables.length === 0) return "";
  return `<details class="numbers"><summary>Numbers</summary>` +
    `${tables.join("")}</details>`;
}

function rowsOf(channels: DrawnMark["channels"], labels: Labels): Rows {
  const nameOf = (channel: string, axis = SCALES[channel] ?? channel) => {
    const label = labels[axis] ?? channels[channel].label;
    const name = label ?? (/^[xyr]/.test(axis) ? axis : "series");
    return name.replace(/[←↑→↓]/g, "").trim();
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
  for (const shade of SHADES) {
    const values = channels[shade]?.values ?? [];
    if (values.some(isNumber)) columns.push({ name: nameOf(shade), values });
  }
  const count = columns[0]?.values.length ?? 0;
  const rows = Array.from(
    { length: count },
    (_, i) => columns.map(({ values }) => values[i]),
  );
  const names = columns.map(({ name }) => name);
  // What has no value is not drawn.
  return { names, rows: rows.filter((row) => row.every(hasValue)), series };
}

function hasValue(value: unknown): boolean {
  return value !== null && value !== undefined && !Number.isNaN(value);
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

/** Of many rows some points of each line, the means of each series of dots, or the first. */
function selected(all: Rows, kind: string): Rows {
  const { names, rows, series } = all;
  if (rows.length <= MAX_ROWS) return all;
  const seriesOf = (row: unknown[]) => keyOf(series.map((k) => row[k]));
  const groups = [...Map.groupBy(rows, seriesOf).values()];
  if (kind === "line") {
    const shown = groups.flatMap(thinned);
    const selection = `${shown.length} of ${rows.length} points`;
    return { ...all, rows: shown, selection };
  }
  const isSeries = (k: number) => series.includes(k);
  const areNumbers = rows.every((row) =>
    row.every((value, k) => isSeries(k) || isNumber(value))
  );
  if (kind === "dot" && series.length > 0 && areNumbers) {
    const means = groups.map((group) => [
      ...names.map((_, k) => isSeries(k) ? group[0][k] : mean(group, k)),
      group.length,
    ]);
    const head = names.map((name, k) => isSeries(k) ? name : `${name}, mean`);
    return { ...all, names: [...head, "points"], rows: means };
  }
  const selection = `the first ${MAX_ROWS} of ${rows.length}`;
  return { ...all, rows: rows.slice(0, MAX_ROWS), selection };
}

/** Points of a line, the first and the last among them. */
function thinned(line: unknown[][]): unknown[][] {
  const last = line.length - 1;
  if (last < POINTS_OF_A_LINE) return line;
  return Array.from(
    { length: POINTS_OF_A_LINE },
    (_, i) => line[Math.round(i * last / (POINTS_OF_A_LINE - 1))],
  );
}

function mean(rows: unknown[][], k: number): number {
  return rows.reduce((sum, row) => sum + Number(row[k]), 0) / rows.length;
}

function tableOf({ names, rows }: Rows, caption?: string): string {
  const columns = names.map((name, k): Column => {
    const values = rows.map((row) => row[k]);
    return {
      name,
      isNumbers: values.some(isNumber),
      texts: values.map(textOf),
      isMissing: values.map((value) => !hasValue(value)),
    };
  });
  return htmlTable(columns, rows.length, caption);
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** Whole numbers as they are, and four digits of others. */
const WHOLE = new Intl.NumberFormat("en-US");
const FORMAT = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 });

function textOf(value: unknown): string {
  if (!hasValue(value)) return MISSING;
  if (value instanceof Date) return value.toISOString();
  if (!isNumber(value)) return String(value);
  if (Number.isInteger(Number(value))) return WHOLE.format(value);
  return Math.abs(Number(value)) < 1e-4
    ? Number(value).toExponential(3)
    : FORMAT.format(value);
}
