/** What a student does in JupyterLab, and what the page then shows. */

import type { Page } from "playwright-core";
import { KERNELSPEC } from "../../tools/kernel_spec.ts";
import { type Lab, until } from "./lab.ts";

/** What the page shows of a code cell. */
export interface ShownCell {
  /** Its number, or "*" while it runs or waits. */
  prompt: string;
  /** MIME type of each output, as JupyterLab chose it. */
  kinds: string[];
  /** "Figure 2.1", "Table 2.1" and so on. */
  captions: string[];
  /** What all its outputs say. */
  text: string;
  /** Pixels across of each image, once decoded. */
  widths: number[];
}

/** Opens a notebook by its path in the project, and waits for its kernel. */
export async function openNotebook(page: Page, lab: Lab, path: string) {
  await page.goto(`${lab.url}/lab/tree/${path}?token=${lab.token}&reset`);
  await page.getByText(`${KERNELSPEC.display_name} | Idle`).waitFor({
    timeout: 60_000,
  });
}

/** Clicks an item of a menu: "Run", "Run All Cells". */
export async function choose(page: Page, menu: string, item: string) {
  await page.getByRole("menuitem", { name: menu, exact: true }).click();
  await page.locator(".lm-Menu-item", { hasText: item }).first().click();
}

/** Run All, or with `restart` Restart Kernel and Run All; until it has begun. */
export async function runAll(page: Page, { restart = false } = {}) {
  // All cells may have run before anybody asks, so the page itself looks.
  await page.evaluate(() => {
    const notebook = document.querySelector(".jp-Notebook")!;
    delete document.body.dataset.begun;
    const observer = new MutationObserver(() => {
      const prompts = [...notebook.querySelectorAll(".jp-InputPrompt")];
      if (prompts.some((prompt) => prompt.textContent?.includes("*"))) {
        document.body.dataset.begun = "yes";
        observer.disconnect();
      }
    });
    observer.observe(notebook, { childList: true, subtree: true });
  });
  const item = restart ? "Restart Kernel and Run All Cells…" : "Run All Cells";
  for (let attempt = 1;; attempt++) {
    await choose(page, "Run", item);
    if (restart) {
      await page.getByRole("button", { name: "Confirm Kernel Restart" })
        .click();
    }
    try {
      const begun = page.locator('body[data-begun="yes"]');
      await begun.waitFor({ state: "attached", timeout: 60_000 });
      return;
    } catch (error) {
      // On a busy machine JupyterLab seldom does nothing; a student clicks again.
      const shown = await page.locator("#jp-bottom-panel, .jp-Dialog")
        .allInnerTexts();
      console.error(`"${item}" runs no cell in a minute:\n${shown.join("\n")}`);
      if (attempt === 2) throw error;
    }
  }
}

/** Waits until every cell has run, and says what each shows. */
export async function finished(page: Page): Promise<ShownCell[]> {
  return await until("every cell has run", async () => {
    const cells = await shownCells(page);
    return cells.every(({ prompt }) => /^\d+$/.test(prompt)) && cells;
  });
}

/** What all code cells show now. */
export async function shownCells(page: Page): Promise<ShownCell[]> {
  return await page.evaluate(async () => {
    const cells = [...document.querySelectorAll(".jp-Notebook .jp-CodeCell")];
    return await Promise.all(cells.map(async (cell) => {
      const all = (selector: string) => [...cell.querySelectorAll(selector)];
      const images = all(".jp-OutputArea img") as HTMLImageElement[];
      // An image that cannot be decoded is as wide as nothing.
      await Promise.all(images.map((image) => image.decode().catch(() => {})));
      const prompt = cell.querySelector(".jp-InputPrompt")?.textContent ?? "";
      return {
        prompt: prompt.replace(/[\[\]:]/g, "").trim(),
        kinds: all(".jp-OutputArea-output").map((output) =>
          output.getAttribute("data-mime-type") ?? ""
        ),
        captions: all("figcaption").map((caption) =>
          caption.textContent!.match(/^(?:Figure|Table) \d+\.\d/)?.[0] ?? ""
        ),
        text: all(".jp-OutputArea-output").map((output) => output.textContent)
          .join("\n"),
        widths: images.map((image) => image.naturalWidth),
      };
    }));
  });
}

/** The training cell: stops it, and says how many ms it then took to end. */
export async function stop(page: Page, cell: number): Promise<number> {
  await choose(page, "Kernel", "Interrupt Kernel");
  const pressed = performance.now();
  await until("Stop ends the cell", async () => {
    return (await shownCells(page))[cell].prompt !== "*";
  });
  return performance.now() - pressed;
}

/** Selects a code cell and runs it, until it has begun. */
export async function runCell(page: Page, cell: number) {
  await page.locator(".jp-Notebook .jp-CodeCell").nth(cell)
    .locator(".jp-InputPrompt").click();
  await choose(page, "Run", "Run Selected Cell and Do not Advance");
  await until("the cell runs", async () => {
    return (await shownCells(page))[cell].prompt === "*";
  });
}

/** Runs a code cell and all below it. */
export async function runFrom(page: Page, cell: number) {
  await page.locator(".jp-Notebook .jp-CodeCell").nth(cell)
    .locator(".jp-InputPrompt").click();
  await choose(page, "Run", "Run Selected Cell and All Below");
}
