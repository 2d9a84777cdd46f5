/** Prints the cells of tables, for table_test.ts: polars is a native library. */

import pl from "nodejs-polars";
import { table } from "../../lib/drawing/table.ts";

const night = new Date("2024-03-01T22:30:00Z");
const later = new Date("2024-03-02T23:32:03.004Z");
const far = ["0001-03-09", "-000044-03-15", "+012345-01-01"]
  .map((day) => new Date(day));

/** A column of each kind that polars can hold. */
const kinds = {
  whole: pl.Series("whole", [980, 12_000]).cast(pl.Int64),
  large: pl.Series("large", [2n ** 63n], pl.UInt64),
  short: pl.Series("short", [0.1, 2.5], pl.Float32),
  long: pl.Series("long", [NaN, Infinity, -0, 1e-9, -0.125, null]),
  tiny: pl.Series("tiny", [1e-9, 0, null]),
  decimal: pl.Series("decimal", [1.25]).cast(pl.Decimal(10, 2)),
  truth: pl.Series("truth", [true, null]),
  nothing: pl.Series("nothing", [null, null]),
  text: pl.Series("text", ["<b>", ""]),
  category: pl.Series("category", ["a", "b"]).cast(pl.Categorical),
  day: pl.Series("day", [night], pl.Date),
  farDay: pl.Series("farDay", far, pl.Date),
  time: pl.Series("time", [night, later]),
  farTime: pl.Series("farTime", far),
  farZoned: pl.Series("farZoned", far.slice(0, 1))
    .cast(pl.Datetime("ms", "Asia/Tokyo")),
  zoned: pl.Series("zoned", [night])
    .cast(pl.Datetime("ms", "Asia/Jerusalem")),
  clock: pl.Series("clock", [later]).cast(pl.Time),
  list: pl.Series("list", [[1, 2], [3.5]]),
  record: pl.DataFrame({ record: [{ a: 1, b: "t" }] }).getColumn("record"),
};

const frames: Record<string, pl.DataFrame> = {
  ...Object.fromEntries(
    Object.entries(kinds).map(([name, series]) => [
      name,
      pl.DataFrame([series]),
    ]),
  ),
  duration: pl.DataFrame({ from: [night, night], to: [later, null] })
    .select(pl.col("to").sub(pl.col("from")).alias("duration")),
  names: pl.DataFrame([
    pl.Series("__proto__", [1]),
    pl.Series("10", ["ten"]),
    pl.Series("2", ["two"]),
  ]),
  empty: pl.DataFrame({}),
  noRows: pl.DataFrame({ a: [1] }).filter(pl.col("a").gt(5)),
};

function cellsOf(frame: pl.DataFrame, digits?: number): string[][] {
  const { html } = table(frame, { caption: "A table.", digits });
  return html.match(/<tr>.*?<\/tr>/g)!.map((row) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/g)].map(([, text]) => text)
  );
}

const long = pl.DataFrame({ i: Array.from({ length: 100_000 }, (_, i) => i) });
/** What is said of a date that polars cannot print. */
function refusal(): string {
  const frame = pl.DataFrame({ beyond: [new Date(8.64e15)] });
  try {
    return table(frame, { caption: "Far." }).html;
  } catch (error) {
    return String(error);
  }
}

console.log(JSON.stringify({
  beyond: refusal(),
  cells: Object.fromEntries(
    Object.entries(frames).map(([name, frame]) => [name, cellsOf(frame)]),
  ),
  heads: {
    words: table(pl.DataFrame({ method: ["blur"], dB: [15.4] })).html
      .match(/<th scope="row"[^>]*>.*?<\/th>/g),
    numbers: table(pl.DataFrame({ digit: [0], count: [980] })).html
      .match(/scope="row"/g),
  },
  missing: table(pl.DataFrame({ a: ["–", null], b: [1, null] })).html
    .match(/<t[hd][^>]*>–/g),
  threeDigits: cellsOf(frames.long, 3).flat(),
  long: table(long, { caption: "A long one." }).html.match(/<p>.*<\/p>/)?.[0],
}));
