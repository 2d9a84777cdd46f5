/** What bench/results/ shows is made of the times that stand there. */

import assert from "node:assert/strict";
import { chartOf, ratiosTable } from "../../bench/report.ts";
import { ROOT } from "../../tools/system.ts";

const read = (name: string) =>
  Deno.readTextFileSync(`${ROOT}bench/results/${name}`);
const { measurements } = JSON.parse(read("times.json"));

Deno.test("the bench's chart is drawn from its times", () => {
  assert.equal(read("chart.svg"), chartOf(measurements));
});

Deno.test("the bench's table of networks is made of its times", () => {
  assert.ok(read("README.md").includes(ratiosTable(measurements)));
});
