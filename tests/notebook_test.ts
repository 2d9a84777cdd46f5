import assert from "node:assert/strict";
import pl from "nodejs-polars";
import { table } from "../lib/notebook.ts";

Deno.test("a column has whole numbers only, or decimals in every row", () => {
  const frame = pl.DataFrame({
    method: ["<none>", "ours", "other"],
    images: [12_000, 7, 0],
    score: [0, 0.125, Infinity],
    later: [1.5, null, 2],
  });
  const { html } = table(frame, { caption: "Scores" });
  const rows = html.match(/<tr>.*?<\/tr>/g)!.map((row) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/g)].map(([, text]) => text)
  );
  assert.deepEqual(rows, [
    ["method", "images", "score", "later"],
    ["&lt;none&gt;", "12,000", "0.00", "1.50"],
    ["ours", "7", "0.13", ""],
    ["other", "0", "Infinity", "2.00"],
  ]);
});
