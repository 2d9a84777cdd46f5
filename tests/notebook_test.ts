import assert from "node:assert/strict";
import { table } from "../lib/notebook.ts";

Deno.test("a column has whole numbers only, or decimals in every row", () => {
  const rows = [
    { method: "<none>", images: 12_000, score: 0, later: 1.5 },
    { method: "ours", images: 7, score: 0.125, later: null },
    { method: "other", images: 0, score: Infinity, later: 2 },
  ];
  // Not polars' own: a native library is too much for a test's thread.
  const frame = {
    columns: Object.keys(rows[0]),
    toRecords: () => rows,
    toString: () => "in words",
  };
  const { html, text } = table(frame, { caption: "Scores" });
  const shown = html.match(/<tr>.*?<\/tr>/g)!.map((row) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/g)].map(([, text]) => text)
  );
  assert.deepEqual(shown, [
    ["method", "images", "score", "later"],
    ["&lt;none&gt;", "12,000", "0.00", "1.50"],
    ["ours", "7", "0.13", ""],
    ["other", "0", "Infinity", "2.00"],
  ]);
  assert.equal(text, "Scores\nin words");
});
