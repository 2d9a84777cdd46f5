import { inWords } from "../errors/in_words.ts";
import type { DataFrame, DataType, Series } from "nodejs-polars";
import { checkOptions } from "../errors/options.ts";
import { captionHtml, displayable } from "../notebook/cell_output.ts";
import { type Column, htmlTable, MISSING } from "./html_table.ts";

// Kept from before any cell runs, since a cell may redefine this name.
const { Temporal } = globalThis;

/** Most rows that are shown; below a longer table stands how many it has. */
const MAX_ROWS = 500;

/**
 * Shows a polars table as plain HTML, which every front end can show (VS Code does
 * not show polars' own output). Numbers are right-aligned and have `digits` decimals,
 * or none in a column of whole numbers, or powers of ten in a column that rounding
 * would turn into zeros. A missing value is a dash. Times use the column's time zone,
 * or UTC. Of a longer table only the first 500 rows are shown, and the number of rows.
 *
 * @example
 * ```ts
 * table(pl.DataFrame({ digit: [0, 1], count: [980, 1135] }), { caption: "…" });
 * ```
 *
 * @throws {TypeError} when `frame` is not a polars table, the caption is not a text, or
 * an option is unknown.
 * @throws {RangeError} when `digits` is not 0 to 20, or polars cannot print a date.
 */
export function table(
  frame: DataFrame,
  options: { caption?: string; digits?: number } = {},
) {
  if (typeof frame?.getColumns !== "function") {
    throw new TypeError(
      `Cannot show "${
        inWords(frame)
      }" as a table: give a polars table, such as ` +
        `pl.DataFrame({ digit: [0, 1], count: [980, 1135] })`,
    );
  }
  checkOptions("table", options, ["caption", "digits"]);
  const { caption, digits = 2 } = options;
  if (caption !== undefined && (typeof caption !== "string" || !caption)) {
    throw new TypeError(
      `Cannot show a table with caption "${inWords(caption)}": give ` +
        `{ caption: "What it shows." }`,
    );
  }
  if (!Number.isInteger(digits) || digits < 0 || digits > 20) {
    throw new RangeError(
      `Cannot show "${
        inWords(digits)
      }" decimals: not a whole number from 0 to 20`,
    );
  }
  const columns = frame.head(MAX_ROWS).getColumns()
    .map((series) => columnOf(series, digits));
  const shown = Math.min(frame.height, MAX_ROWS);
  const cut = shown < frame.height
    ? `<p>The first ${count(shown)} of ${count(frame.height)} rows.</p>`
    : "";
  return displayable({
    html: `<figure style="margin: 1em 0">${captionHtml(caption)}` +
      `${htmlTable(columns, shown)}${cut}</figure>`,
    text: (caption === undefined ? "" : `${caption}\n`) +
      printed(frame, caption),
  });
}

/** The text that polars prints for a table; polars fails for very distant years. */
function printed(frame: DataFrame, caption = "a table"): string {
  try {
    return frame.toString();
  } catch (cause) {
    const { message } = cause as Error;
    if (!message.includes("out-of-range date")) throw cause;
    throw new RangeError(
      `Cannot show "${caption}": polars cannot print a date of it ` +
        `("${message}"); leave out those of the years before -262142 and ` +
        `after 262142`,
      { cause },
    );
  }
}

function columnOf(series: Series, digits: number): Column {
  const { name } = series;
  const kind = `${series.dtype}`;
  if (kind.startsWith("DataType(Decimal")) {
    // Taken from the type's class, to avoid importing polars, which is large.
    const { Float64 } = series.dtype.constructor as typeof DataType;
    series = series.cast(Float64);
  }
  const values = series.toArray() as unknown[];
  const isMissing = values.map((value) =>
    value === null || value === undefined
  );
  const [, unit] = kind.match(/^DataType\(Duration\((\w+)\)/) ?? [];
  if (unit) {
    const texts = values.map(formatIn(unit));
    return { name, isNumbers: true, texts, isMissing };
  }
  const isNumbers = values.some(isNumber);
  const isWhole = values.every((value) =>
    value === null || typeof value === "bigint" || Number.isInteger(value)
  );
  const decimals = isWhole ? 0 : digits;
  // If rounding would turn all into zero, each is shown with a power of ten.
  const isTiny = isNumbers && !isWhole &&
    values.every((value) =>
      typeof value !== "number" || Math.abs(value) < 0.5 / 10 ** digits
    );
  const [, timeZone] = kind.match(/Datetime\(\w+,([^)]*)\)/) ?? [];
  const isDay = kind === "DataType(Date)";
  const time = (date: Date) => isDay ? dayOf(date) : timeOf(date, timeZone);
  const texts = values.map((value) =>
    textOf(value, { decimals, isTiny, time })
  );
  return { name, isNumbers, texts, isMissing };
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

interface TextOptions {
  decimals: number;
  isTiny: boolean;
  time: (date: Date) => string;
}

function textOf(value: unknown, options: TextOptions): string {
  if (value === null || value === undefined) return MISSING;
  if (isNumber(value)) return format(value, options.decimals, options.isTiny);
  if (value instanceof Date) return options.time(value);
  if (Array.isArray(value)) {
    return value.map((one) => textOf(one, options)).join(", ");
  }
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([name, one]) => `${name}: ${textOf(one, options)}`).join(", ");
}

function dayOf(date: Date): string {
  return date.toISOString().split("T")[0];
}

/** Day and time in this time zone, independent of the computer's own. */
function timeOf(date: Date, timeZone = ""): string {
  const time = Temporal.Instant.fromEpochMilliseconds(date.getTime())
    .toZonedDateTimeISO(timeZone || "UTC").toPlainDateTime();
  const smallestUnit = time.millisecond ? "millisecond" : "second";
  return time.toString({ smallestUnit }).replace("T", " ") +
    (timeZone && ` ${timeZone}`);
}

function format(
  value: number | bigint,
  digits: number,
  isTiny = false,
): string {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return String(value);
    if (value === 0) value = 0; // turns -0 into 0
    else if (isTiny) return value.toExponential(1);
  }
  return new Intl.NumberFormat("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

function count(rows: number): string {
  return format(rows, 0);
}

/** Formats durations, given in `unit`, as days, hours, minutes and seconds. */
function formatIn(unit: string): (value: unknown) => string {
  const perSecond = { ms: 1e3, us: 1e6, ns: 1e9 }[unit] ?? 1;
  return (value) => {
    if (!isNumber(value)) return MISSING;
    const seconds = Math.abs(Number(value)) / perSecond;
    const parts = [
      ...[[86_400, "d"], [3_600, "h"], [60, "min"]] as [number, string][],
    ].map(([size, name], i, all) => {
      const above = all[i - 1]?.[0] ?? Infinity;
      return [Math.floor(seconds % above / size), name] as const;
    }).filter(([number]) => number > 0);
    const rest = Number((seconds % 60).toFixed(9));
    const texts = parts.map(([number, name]) => `${number} ${name}`);
    if (rest > 0 || texts.length === 0) texts.push(`${rest} s`);
    return (Number(value) < 0 ? "-" : "") + texts.join(" ");
  };
}
