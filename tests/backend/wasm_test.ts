import assert from "node:assert/strict";
import {
  GROUP,
  LINES,
  PARTS,
  stageWords,
} from "../../lib/backend/network/layout.ts";
import { PANEL, TILE, TILE_BYTES } from "../../lib/backend/kernels/matmul.ts";
import { LAST, UPSAMPLED, WINOGRAD } from "../../lib/backend/network/stages.ts";
import { buildWasm } from "../../tools/build_wasm.ts";

/** The number of a constant in a file of lib/backend/assembly/. */
async function constant(name: string, file: string): Promise<number> {
  const url = new URL(`../../lib/backend/assembly/${file}`, import.meta.url);
  const text = await Deno.readTextFile(url);
  const [, value] = text.match(new RegExp(`const ${name}: \\w+ = (.+);`))!;
  return eval(value.replace("EIGHT", "32"));
}

Deno.test("both sides lay out the memory alike", async () => {
  const stage = "network/stage.ts", winograd = "network/winograd.ts";
  assert.equal(await constant("EIGHT", stage), 32);
  assert.equal(await constant("GROUP", stage), GROUP);
  assert.equal(await constant("STAGE_BYTES", stage), 4 * stageWords({}).length);
  assert.equal(await constant("PARTS", winograd), PARTS[WINOGRAD]);
  assert.equal(await constant("LINES_BYTES", winograd), LINES);
  assert.equal(
    await constant("PARTS", "network/upsampled.ts"),
    PARTS[UPSAMPLED],
  );
  assert.equal(await constant("COLUMNS", "network/last.ts"), PARTS[LAST]);
  assert.equal(await constant("PANEL", "tiles.ts"), PANEL);
  assert.equal(await constant("TILE", "tiles.ts"), TILE);
  assert.equal(await constant("TILE_BYTES", "tiles.ts"), TILE_BYTES);
});

Deno.test("kernels.wasm is what the sources give", async () => {
  const committed = await Deno.readFile(
    new URL("../../lib/backend/assembly/kernels.wasm", import.meta.url),
  );
  assert.deepEqual(
    await buildWasm(),
    committed,
    "run `deno task wasm` and commit kernels.wasm",
  );
});
