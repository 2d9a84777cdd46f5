import assert from "node:assert/strict";
import { mendKernel } from "../../../lib/kernel/inside/mend.ts";

Deno.test("where the kernel is another, nothing is changed, and that is said", () => {
  const { stringify } = JSON;
  const warning = mendKernel({ tell: () => {} });
  assert.match(warning!, /mend.ts does not know this version's kernel\n$/);
  assert.equal(JSON.stringify, stringify);
  assert.ok(Object.getOwnPropertyDescriptor(globalThis, "Map")!.configurable);
});
