/** What JupyterLab does when a notebook is opened, closed, or made. */

import assert from "node:assert/strict";
import { decode } from "fast-png";
import { solutionNames } from "../../tools/course.ts";
import { KERNELSPEC } from "../../tools/kernel_spec.ts";
import { ROOT } from "../../tools/system.ts";
import { CHROMIUM, inBrowser, startLab, until } from "./lab.ts";
import { choose, openNotebook } from "./lab_page.ts";
import { someNotebooks } from "./some_notebooks.ts";

/** A copy of the notebooks: what is wrong must not change those in git. */
const COPY = "data/open-test";

const notebooks = await someNotebooks();
const names = [...notebooks, ...await solutionNames(notebooks)];

Deno.test(
  "a notebook that is opened and closed asks nothing and stays the same",
  {
    ignore: !CHROMIUM,
    sanitizeOps: false,
    sanitizeResources: false,
  },
  async (test) => {
    await Deno.mkdir(`${ROOT}${COPY}/solutions`, { recursive: true });
    await using lab = await startLab();
    try {
      await inBrowser(async (page) => {
        for (const name of names) {
          await test.step(name, async () => {
            const path = `${COPY}/${name}.ipynb`;
            const before = await Deno.readFile(
              `${ROOT}notebooks/${name}.ipynb`,
            );
            await Deno.writeFile(ROOT + path, before);
            await openNotebook(page, lab, path);
            assert.equal(await page.locator(".jp-mod-dirty").count(), 0);
            await choose(page, "File", "Close Tab");
            await until("the tab closes, or a question comes", async () => {
              const open = await page.locator(".jp-NotebookPanel").count();
              return open === 0 || await page.locator(".jp-Dialog").count() > 0;
            });
            assert.deepEqual(
              await page.locator(".jp-Dialog-header").allTextContents(),
              [],
            );
            assert.deepEqual(await Deno.readFile(ROOT + path), before);
            await lab.endKernels();
          });
        }
      });
    } finally {
      await Deno.remove(ROOT + COPY, { recursive: true });
    }
  },
);

Deno.test("the lab proposes the course's kernel, and for a new notebook too", {
  ignore: !CHROMIUM,
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  await Deno.mkdir(ROOT + COPY);
  await using lab = await startLab();
  try {
    await inBrowser(async (page) => {
      await page.goto(`${lab.url}/lab/tree/${COPY}?token=${lab.token}&reset`);
      for (const section of ["Notebook", "Console"]) {
        const cards = page.locator(".jp-Launcher-section", {
          has: page.getByRole("heading", { name: section }),
        }).locator(".jp-LauncherCard-label");
        await cards.first().waitFor();
        const [first] = await cards.allInnerTexts();
        assert.equal(first.trim(), KERNELSPEC.display_name);
      }
      await page.getByRole("menuitem", { name: "File", exact: true }).click();
      await page.locator(".lm-Menu-item", { hasText: "New" }).first().hover();
      await page.locator(".lm-Menu").nth(1)
        .getByText("Notebook", { exact: true }).click();
      const choice = page.locator(".jp-Dialog select");
      const chosen = await choice.evaluate((element: HTMLSelectElement) =>
        element.selectedOptions[0].text
      );
      assert.equal(chosen, KERNELSPEC.display_name);
    });
  } finally {
    await Deno.remove(ROOT + COPY, { recursive: true });
  }
});

for (const [theme, background] of [["Light", 255], ["Dark", 30]] as const) {
  const other = theme === "Light" ? "dark" : "light";
  Deno.test(
    `figures are as JupyterLab's theme, ${theme}, where the system is ${other}`,
    {
      ignore: !CHROMIUM,
      sanitizeOps: false,
      sanitizeResources: false,
    },
    async () => {
      await using lab = await startLab({
        "@jupyterlab/apputils-extension:themes": {
          theme: `JupyterLab ${theme}`,
        },
      });
      await inBrowser(async (page) => {
        await openNotebook(page, lab, "notebooks/01_load.ipynb");
        const figure = page.locator('img[alt^="Bar chart"]');
        await figure.scrollIntoViewIfNeeded();
        const { width, data, channels } = decode(await figure.screenshot());
        const inside = channels * (3 * width + 3); // the edge may be half the page's
        const pixel = [...data.slice(inside, inside + 3)];
        assert.deepEqual(pixel, Array(3).fill(background));
      }, { colorScheme: other });
    },
  );
}
