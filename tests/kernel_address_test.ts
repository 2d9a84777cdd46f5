import assert from "node:assert/strict";
import { connectionFileIn } from "../lib/kernel_address.ts";

/** What starts a kernel on each system, and the connection file in it. */
const LINES = [
  [
    "linux",
    "/opt/my deno\0jupyter\0--kernel\0--conn\0/home/דנה/a b/kernel-1.json\0",
    "/home/דנה/a b/kernel-1.json",
  ],
  [
    "linux",
    "deno\0jupyter\0--conn\0/run/kernel-2.json\0--kernel\0",
    "/run/kernel-2.json",
  ],
  [
    "darwin",
    "/Users/Dana Cohen/deno jupyter --kernel --conn " +
    "/Users/Dana Cohen/Library/Jupyter/runtime/kernel-3.json",
    "/Users/Dana Cohen/Library/Jupyter/runtime/kernel-3.json",
  ],
  [
    "windows",
    String.raw`"C:\Users\דנה כהן\deno.exe" jupyter --kernel --conn ` +
    String.raw`"C:\Users\דנה כהן\kernel-4.json"`,
    String.raw`C:\Users\דנה כהן\kernel-4.json`,
  ],
  [
    "windows",
    String
      .raw`C:\deno.exe  jupyter --kernel --conn C:\Users\dana\kernel-5.json`,
    String.raw`C:\Users\dana\kernel-5.json`,
  ],
  [
    "windows", // all words in quotes, and one after the path
    String
      .raw`"C:\deno.exe" "jupyter" "--conn" "C:\a b\kernel-6.json" "--kernel"`,
    String.raw`C:\a b\kernel-6.json`,
  ],
] as const;

for (const [os, line, path] of LINES) {
  Deno.test(`the connection file of ${line.replaceAll("\0", " ")}`, () => {
    assert.equal(connectionFileIn(line, { os }), path);
  });
}

Deno.test("no kernel was started without a connection file", () => {
  for (const os of ["linux", "darwin", "windows"]) {
    for (const line of ["deno run -A a.ts", "deno\0run\0a.ts\0", ""]) {
      assert.throws(
        () => connectionFileIn(line, { os }),
        /Cannot find "--conn"/,
      );
    }
  }
});
