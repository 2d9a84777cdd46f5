/** A disk that fills up, or may not be written: said clearly, and nothing lost. */

import assert from "node:assert/strict";
import * as shell from "./alone.ts";

const deno = Deno.execPath();

/** In a shell that may mount disks of its own, which nobody else sees. */
const alone = (script: string) => shell.alone("mount", script);

const isPossible = await shell.isPossible("mount", "mount -t tmpfs tmpfs /mnt");
if (!isPossible) {
  console.error(
    "\nSKIPPED: no disk can be mounted here (unshare and mount are needed), " +
      "so full and read-only disks are NOT tested.\n",
  );
}

Deno.test("a training on a disk that fills up, and then may not be written", {
  ignore: !isPossible,
}, async () => {
  const { code, output } = await alone(
    `mount -t tmpfs -o size=1m tmpfs /mnt
    "${deno}" run -A tests/faults/disk.ts /mnt`,
  );
  assert.equal(code, 0, output);
  assert.match(output, /nothing was lost\n/);
});

Deno.test("a course on a disk that fills up leaves the pages of before", {
  ignore: !isPossible,
}, async () => {
  const { code, output } = await alone(
    `mkdir -p site-quick
    mount -t tmpfs -o size=16m tmpfs site-quick
    course="${deno} run -A tools/course.ts --quick --force 01"
    $course
    before=$(cat site-quick/*.html site-quick/*.ipynb | sha256sum)
    dd if=/dev/zero of=site-quick/filler bs=1k || true
    ! $course
    test "$before" = "$(cat site-quick/*.html site-quick/*.ipynb | sha256sum)"
    test -z "$(find site-quick -name '*.part')"
    rm site-quick/filler
    $course`,
  );
  assert.equal(code, 0, output);
  assert.match(output, /Cannot write ".*01_load.ipynb": No space left/);
  assert.match(output, /what was there before is still there/);
});
