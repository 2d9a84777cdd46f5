import assert from "node:assert/strict";
import { show } from "../lib/script.ts";
import { displayed } from "../lib/shown.ts";
import { figure } from "../lib/figures.ts";
import { inFolder } from "./in_folder.ts";

/** What is printed while `act` runs. */
async function printedBy(act: () => Promise<void>): Promise<unknown[]> {
  const { log } = console;
  const printed: unknown[] = [];
  console.log = (value: unknown) => void printed.push(value);
  try {
    await act();
  } finally {
    console.log = log;
  }
  return printed;
}

Deno.test("in a script figures become files, and all else is printed", () =>
  inFolder(async (folder) => {
    const captions = { caption: "Figure 2.3. A dot.", alt: "It is black." };
    const printed = await printedBy(async () => {
      await show(figure("<svg>dot</svg>", captions), folder);
      await show(figure("<svg></svg>", { ...captions, caption: "A" }), folder);
      await show(displayed({ html: "<p>one</p>", text: "one" }), folder);
      await show([2], folder);
    });
    assert.deepEqual(printed, [
      ...["Figure 2.3. A dot.\nIt is black.", `→ ${folder}/figure-2.3.svg\n`],
      ...["A\nIt is black.", `→ ${folder}/figure-1.svg\n`, "one", [2]],
    ]);
    const svg = await Deno.readTextFile(`${folder}/figure-2.3.svg`);
    assert.equal(svg, "<svg>dot</svg>");
  }));
