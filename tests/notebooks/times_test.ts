/**
 * No text of the course states a time as a fact: a time is that of one machine,
 * so outputs tell it, and prose speaks of ratios that hold on every machine.
 */

import assert from "node:assert/strict";
import { notebookNames, solutionNames } from "../../tools/course.ts";
import { ROOT } from "../../tools/system.ts";

const UNIT = "(?:milliseconds?|seconds?|minutes?|hours?|ms|s|min|h)";
const COUNT = "(?:\\d[\\d.,:]*|half an?|quarter of an|few|some|several" +
  "|couple of|one|two|three|four|five|six|seven|eight|nine|ten|fifteen" +
  "|twenty|thirty|forty|fifty|sixty|hundred)";
/** A time as prose tells it. "A second reader" is none, nor "${s} seconds". */
const TIMES = new RegExp(
  [
    `(?<![\\w.}])${COUNT}[ -]${UNIT}(?!\\w)`,
    "\\ban? (?:minute|millisecond|hour)\\b",
    "\\ba second(?= of\\b|[.,;:)!?]|$)",
    "\\b(?:in|within|for|takes?|took|after) (?:seconds|minutes|hours)\\b",
  ].join("|"),
  "gi",
);
/** The one place that may tell a time, since it says whose. */
const HEAD =
  /\*\*Time:\*\* .+? on the machine that made these outputs; `deno task course` estimates/;

function timesIn(text: string): string[] {
  return text.replace(/\s+/g, " ").replace(HEAD, "").match(TIMES) ?? [];
}

function read(path: string): string {
  return Deno.readTextFileSync(`${ROOT}${path}`);
}

Deno.test("times are found, however they are written", () => {
  const times = [
    ...["about 8\nmilliseconds", "39 seconds", "1:17 min", "0.5 s a step"],
    ...["about four minutes", "a ten-minute walk", "under a minute"],
    ...["a second of clothes", "about a second, lift", "done in seconds."],
    ...["for half an hour", "a few minutes", "ten minutes can bring"],
    "**Time:** two minutes on two cores.",
  ];
  for (const text of times) assert.equal(timesIn(text).length, 1, text);
  const others = [
    "**Time:** under a minute on the machine that made these outputs; " +
    "`deno task course` estimates the time on yours.",
    ...["the second cell", "a second reader", "By the second only Adam helps"],
    ...["after equal minutes", "`${took} seconds`", "six times as long"],
  ];
  for (const text of others) assert.deepEqual(timesIn(text), [], text);
});

const notebooks = await notebookNames();
for (const name of [...notebooks, ...await solutionNames(notebooks)]) {
  Deno.test(`${name}: no cell states a time`, () => {
    const { cells } = JSON.parse(read(`notebooks/${name}.ipynb`));
    const stated = cells.flatMap(({ source }: { source: string[] }) =>
      timesIn([source].flat().join(""))
    );
    assert.deepEqual(stated, []);
  });
}

Deno.test("neither the glossary nor a check's answer states a time", () => {
  const checks = [...Deno.readDirSync(`${ROOT}lib/exercises`)];
  const paths = checks.map(({ name }) => `lib/exercises/${name}`);
  for (const path of ["notebooks/glossary.md", ...paths]) {
    assert.deepEqual(timesIn(read(path)), [], path);
  }
});
