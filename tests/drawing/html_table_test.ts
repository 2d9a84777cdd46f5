import assert from "node:assert/strict";
import { htmlTable, MISSING } from "../../lib/drawing/html_table.ts";

const column = (name: string, texts: string[], isNumbers = false) => ({
  ...{ name, isNumbers, texts },
  isMissing: texts.map((text) => text === MISSING),
});

Deno.test("words in the first column head their rows, and nothing is left unescaped", () => {
  const columns = [
    column("<set>", ["clean & noisy"]),
    column("dB", [MISSING], true),
  ];
  assert.equal(
    htmlTable(columns, 1, '"what" it is'),
    "<table>\n" +
      '<caption style="text-align: left">&quot;what&quot; it is</caption>\n' +
      '<thead><tr><th scope="col" style="text-align: left">&lt;set&gt;</th>' +
      '<th scope="col" style="text-align: right">dB</th></tr></thead>\n' +
      '<tbody>\n<tr><th scope="row" style="text-align: left; ' +
      'font-weight: normal">clean &amp; noisy</th>' +
      '<td style="text-align: right" aria-label="none">–</td></tr>\n' +
      "</tbody></table>",
  );
});

Deno.test("numbers in the first column are cells, and rows are counted", () => {
  const html = htmlTable([column("digit", ["0", "1", "2"], true)], 2);
  assert.equal(html.match(/<td/g)?.length, 2);
  assert.ok(!html.includes("<caption"));
});
