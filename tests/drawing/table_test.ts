import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { table } from "../../lib/drawing/table.ts";
import { outputOf } from "../../tools/system.ts";

/** The cells of all tables of table_cases.ts, for a reader in that time zone. */
async function shown(timeZone: string) {
  return JSON.parse(
    await outputOf(Deno.execPath(), [
      "run",
      "-A",
      fileURLToPath(new URL("./table_cases.ts", import.meta.url)),
    ], { env: { TZ: timeZone } }),
  );
}

for (const timeZone of ["Asia/Jerusalem", "America/Los_Angeles"]) {
  Deno.test(`whatever polars holds is shown right, in ${timeZone}`, async () => {
    const { cells, heads, missing, threeDigits, long, beyond } = await shown(
      timeZone,
    );
    const values = Object.fromEntries(
      Object.entries(cells as Record<string, string[][]>)
        .map(([name, [, ...rows]]) => [name, rows.flat()]),
    );
    assert.deepEqual(values, {
      whole: ["980", "12,000"],
      large: ["9,223,372,036,854,775,808"],
      short: ["0.10", "2.50"],
      long: ["NaN", "Infinity", "0.00", "0.00", "-0.13", "–"],
      tiny: ["1.0e-9", "0.00", "–"],
      decimal: ["1.25"],
      truth: ["true", "–"],
      nothing: ["–", "–"],
      text: ["&lt;b&gt;", ""],
      category: ["a", "b"],
      day: ["2024-03-01"],
      farDay: ["0001-03-09", "-000044-03-15", "+012345-01-01"],
      time: ["2024-03-01 22:30:00", "2024-03-02 23:32:03.004"],
      farTime: [
        "0001-03-09 00:00:00",
        "-000044-03-15 00:00:00",
        "+012345-01-01 00:00:00",
      ],
      farZoned: ["0001-03-09 09:18:59 Asia/Tokyo"],
      zoned: ["2024-03-02 00:30:00 Asia/Jerusalem"],
      clock: ["23:32:03.004"],
      list: ["1.00, 2.00", "3.50"],
      record: ["a: 1.00, b: t"],
      duration: ["1 d 1 h 2 min 3.004 s", "–"],
      names: ["1", "ten", "two"],
      empty: [],
      noRows: [],
    });
    assert.deepEqual(cells.names[0], ["__proto__", "10", "2"]);
    // Words in the first column are the head of their row, numbers are not.
    assert.equal(heads.words.length, 1);
    assert.match(heads.words[0], />blur</);
    assert.equal(heads.numbers, null);
    // A missing value is "none" aloud, a dash that is a text is not.
    const aloud = missing.map((tag: string) => tag.includes('"none"'));
    assert.deepEqual(aloud, [false, true, true]);
    assert.equal(threeDigits.at(-2), "-0.125");
    assert.equal(long, "<p>The first 500 of 100,000 rows.</p>");
    assert.match(beyond, /^RangeError: Cannot show "Far.": polars .*of-range/);
  });
}

Deno.test("what is no table, or has no right caption or other options, is refused", () => {
  const frame = { getColumns: () => [] } as unknown as Parameters<
    typeof table
  >[0];
  const refused: [unknown, unknown, RegExp][] = [
    [[{ a: 1 }], { caption: "A." }, /as a table: give a polars table/],
    [undefined, { caption: "A." }, /"undefined" as a table/],
    [frame, "A.", /write them in braces/],
    [frame, { caption: "" }, /a table with caption "''": give/],
    [frame, { caption: 5 }, /a table with caption "5": give/],
    [frame, { title: "A." }, /the option "title".*use "caption"/],
    [frame, { caption: "A.", digits: -1 }, /"-1" decimals/],
  ];
  for (const [given, options, message] of refused) {
    assert.throws(
      () => table(given as typeof frame, options as { caption: string }),
      { message },
    );
  }
});

Deno.test("a caption may be left out", () => {
  const frame = {
    ...{ getColumns: () => [], height: 0, head: () => frame },
    toString: () => "shape: (0, 0)",
  } as unknown as Parameters<typeof table>[0];
  const { html, text } = table(frame);
  assert.ok(!html.includes("figcaption") && !html.includes("undefined"), html);
  assert.equal(text, "shape: (0, 0)");
});
