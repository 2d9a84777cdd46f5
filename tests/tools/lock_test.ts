/** What makes a notebook run again, and what is said of a changed deno.lock. */

import assert from "node:assert/strict";
import { added, lockedPackages, packagesOf } from "../../tools/lock.ts";

const lock = {
  specifiers: { "npm:a@1": "1.0.0", "npm:@own/b@2": "2.0.0_a@1.0.0" },
  npm: {
    "a@1.0.0": { integrity: "sha512-a", dependencies: ["c"] },
    "c@3.0.0": { integrity: "sha512-c" },
    "@own/b@2.0.0_a@1.0.0": { integrity: "sha512-b", dependencies: ["a"] },
    "d@4.0.0": { integrity: "sha512-d" },
  },
};

Deno.test("a package counts with all that it needs, and no other does", () => {
  assert.equal(
    packagesOf(lock, ["npm:a@1"]),
    "a@1.0.0 sha512-a\nc@3.0.0 sha512-c",
  );
  assert.match(packagesOf(lock, ["npm:@own/b@2"]), /^@own\/b.* sha512-b\na@1/);
});

Deno.test("of the course's own packages each has its checksum", async () => {
  const lines = (await lockedPackages()).split("\n");
  assert.ok(lines.length > 150, `${lines.length}`);
  for (const line of lines) assert.match(line, /^\S+@\S+ sha512-\S+$/);
  assert.ok(lines.some((line) => line.startsWith("seedrandom@")));
});

Deno.test("a package that came is named, one that went is not", () => {
  assert.equal(added(["npm:a@1", "npm:b@2"], ["npm:a@1"]), undefined);
  assert.match(
    added(["npm:a@1"], ["npm:a@1", "npm:lodash@4 (4.17.21)"])!,
    /new packages .*: npm:lodash@4 \(4.17.21\) \(/,
  );
});
