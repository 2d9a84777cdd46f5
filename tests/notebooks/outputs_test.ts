/** Deno's kernel loses outputs of cells that are run together; ours must not. */

import assert from "node:assert/strict";
import { countOutputs } from "../../tools/setup.ts";

const RUNS = 10;
const LANES = 5;
const REMEDY = 'await import("../lib/mod.ts"); void 0';

Deno.test(`of 200 cells at once, ${RUNS} times, no output is lost or misplaced`, async () => {
  const found: string[] = [];
  const lane = async () => {
    for (let run = 0; run < RUNS / LANES; run++) {
      let said;
      do said = await countOutputs(200, REMEDY); while (
        said.includes("AddrInUse")
      ); // another lane's kernel was faster
      found.push(said);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  assert.deepEqual(found, new Array(RUNS).fill("lost 0, misplaced 0"));
});

Deno.test("a kernel that the remedy does not reach is found out", async () => {
  // As in a version that does not wait for this function of its own any more.
  const unreached = `
    const kernel = Deno[Deno.internal].jupyter;
    const { broadcastResult } = kernel;
    ${REMEDY};
    kernel.broadcastResult = broadcastResult;
    void 0`;
  // A run may be lucky; three are not.
  const found = [];
  for (let i = 0; i < 3; i++) found.push(await countOutputs(200, unreached));
  assert.match(found.join(), /lost [1-9]|placed [1-9]/);
});

Deno.test("a kernel that has no place for the remedy says so in the cell", async () => {
  const without = `
    const { jupyter } = Deno[Deno.internal];
    const { broadcastResult } = jupyter;
    delete jupyter.broadcastResult;
    ${REMEDY};
    jupyter.broadcastResult = broadcastResult;
    void 0`;
  assert.match(
    await countOutputs(1, without),
    /knows no remedy here: Error: broadcastResult is not there/,
  );
});

Deno.test("a kernel that cannot be listened to says so in the cell", async () => {
  const unheard = `
    Deno.env.delete("COURSE_ADDRESS");
    ${REMEDY}`;
  assert.match(
    await countOutputs(1, unheard),
    /knows no remedy here: Error: this is not the kernel "Deno \(course\)"/,
  );
});
