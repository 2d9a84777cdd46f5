/** Stop ends a training, and not the kernel; Jupyter and VS Code send it as a message. */

import assert from "node:assert/strict";
import { capture, ROOT, venvPython } from "../../tools/system.ts";

Deno.test("Stop ends notebook 4's training within a second, and run again it goes on", async () => {
  const { stdout, stderr } = await capture(venvPython(), [
    "tests/notebooks/stop.py",
  ], {
    cwd: ROOT,
    env: { JUPYTER_PREFER_ENV_PATH: "1", NO_COLOR: "1", COURSE_QUICK: "1" },
  });
  assert.notEqual(stdout.trim(), "", stderr.trim());
  const { seconds, stopped, wentOn, end, whole, stoppedTwice } = JSON.parse(
    stdout.trim(),
  );
  for (const [i, time] of seconds.entries()) {
    assert.ok(time < 1.5, `${time} seconds`); // half of one for a busy machine
    // The figure begins where it ended; it shows every step there is time for.
    const isNear = wentOn[i] >= stopped[i] && wentOn[i] < stopped[i] + 10;
    assert.ok(isNear && stopped[i] < 500, `${stopped[i]}, ${wentOn[i]}`);
  }
  assert.equal(end, 500);
  assert.deepEqual(stoppedTwice, whole);
});
