import assert from "node:assert/strict";
import { fixKernel } from "../../../lib/kernel/inside/kernel_fixes.ts";

Deno.test("where the kernel is another, nothing is changed, and that is said", () => {
  const { stringify } = JSON;
  const warning = fixKernel({ tell: () => {} });
  assert.match(
    warning!,
    /kernel_fixes.ts does not know this version's kernel\n$/,
  );
  assert.equal(JSON.stringify, stringify);
  assert.ok(Object.getOwnPropertyDescriptor(globalThis, "Map")!.configurable);
});
