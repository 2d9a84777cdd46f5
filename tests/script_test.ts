import assert from "node:assert/strict";
import { showInScript } from "../lib/script.ts";
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
    const before = Deno.cwd();
    Deno.chdir(folder);
    const captions = { caption: "Figure 2.3. A dot.", alt: "It is black." };
    const printed = await printedBy(async () => {
      await showInScript(figure("<svg>dot</svg>", captions));
      await showInScript(figure("<svg></svg>", { ...captions, caption: "A" }));
      await showInScript(displayed({ html: "<p>one</p>", text: "one" }));
      await showInScript([2]);
    }).finally(() => Deno.chdir(before));
    assert.deepEqual(printed, [
      ...["Figure 2.3. A dot.\nIt is black.", "→ shown/figure-2.3.svg\n"],
      ...["A\nIt is black.", "→ shown/figure-1.svg\n", "one", [2]],
    ]);
    const svg = await Deno.readTextFile(`${folder}/shown/figure-2.3.svg`);
    assert.equal(svg, "<svg>dot</svg>");
  }));
