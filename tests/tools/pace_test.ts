/** How long notebooks will take, and that what is left hardly ever grows. */

import assert from "node:assert/strict";
import { Random } from "../../lib/data/random.ts";
import {
  foretell,
  measurePace,
  minutes,
  slowness,
  TimeLeft,
} from "../../tools/pace.ts";
import { findPython } from "../../tools/python.ts";
import { capture, ROOT } from "../../tools/system.ts";

Deno.test("a machine of a third of the speed takes three times as long", () => {
  assert.equal(slowness([24, 90], [8, 30]), 3);
  assert.equal(slowness([8, 120], [8, 30]), 2);
  const run = { seconds: [10, 20, 30], pace: [8, 30] as [number, number] };
  assert.equal(foretell(run, [24, 90]), 180);
  assert.deepEqual([3, 70, 180].map(minutes), [
    "under a minute",
    "about a minute",
    "about 3 minutes",
  ]);
});

Deno.test("this machine's pace is measured", async () => {
  const pace = await measurePace();
  assert.equal(pace?.length, 2);
  for (const ms of pace ?? []) assert.ok(ms > 1 && ms < 2_000, `${ms} ms`);
});

/** Minutes in "about 3 minutes", "more than 3 minutes", "under a minute". */
function minutesIn(said: string): number {
  return Number(said.match(/\d+/)?.[0] ?? 1);
}

Deno.test("what is left in all never grows by more than a fifth", () => {
  const random = new Random(4);
  for (let i = 0; i < 200; i++) {
    const foretold = Array.from({ length: 8 }, () => 400 * random.uniform());
    const left = new TimeLeft(foretold);
    let least = Infinity;
    for (const seconds of foretold) {
      const said = minutesIn(left.add(seconds * (0.3 + 4 * random.uniform())));
      // In whole minutes; half a one is lost in rounding.
      assert.ok(said <= 1.2 * least + 1, `${said} after ${least}`);
      least = Math.min(least, said);
    }
  }
});

/** Runs through a notebook on a clock of its own, and prints what is said. */
const SIMULATION = `
import random, sys
sys.path.insert(0, "tools")
from progress import Progress
for trial in range(100):
    draw = random.Random(trial)
    known = [draw.choice([0.1, 1, 20, 200]) * draw.random() for _ in range(20)]
    time = [0.0]
    progress = Progress("04", 20, known, 3.0, now=lambda: time[0])
    print("new")
    for seconds in known:
        progress.begin()
        end = time[0] + 3 * seconds * draw.uniform(0.3, 4)
        while time[0] + 10 < end:
            time[0] += 10
            progress.say()
        time[0] = end
        progress.end()
`;

Deno.test("what is left of a notebook never grows by more than a fifth", async () => {
  const [program, ...args] = await findPython();
  const { stdout, stderr } = await capture(
    program,
    [...args, "-c", SIMULATION],
    { cwd: ROOT },
  );
  const text = stdout;
  assert.ok(text, stderr);
  let lines = 0;
  for (const run of text.split("new\n").slice(1)) {
    let least = Infinity;
    for (
      const [, min, s] of run.matchAll(/(?:about|more than) (\d+):(\d\d) left/g)
    ) {
      const left = 60 * Number(min) + Number(s);
      assert.ok(left <= 1.2 * least + 1, `${left} s after ${least}`);
      least = Math.min(least, left);
      lines++;
    }
  }
  assert.ok(lines > 5_000, `${lines} lines`);
});
