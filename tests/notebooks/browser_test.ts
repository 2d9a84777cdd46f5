/** Real JupyterLab in a real Chromium: Run All, and look at what is there. */

import assert from "node:assert/strict";
import { chromium, type Page } from "playwright-core";
import { BIN, ROOT } from "../../tools/setup.ts";

const CHROMIUM = [
  Deno.env.get("CHROME_PATH"),
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((path) => path && exists(path));
const TOKEN = "test";
const PORT = 8_947;

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

if (!CHROMIUM) {
  console.error(
    "\nSKIPPED: no Chromium found, so JupyterLab is NOT tested. Install " +
      "chromium, or set CHROME_PATH to a browser of its kind.\n",
  );
}

/** Opens a copy of a notebook in JupyterLab, since JupyterLab saves as it runs. */
async function inLab(
  name: string,
  use: (page: Page, path: string) => Promise<void>,
  change = (json: string) => json,
) {
  const copy = `data/browser-test-${name}.ipynb`;
  await Deno.mkdir(`${ROOT}data`, { recursive: true });
  const notebook = JSON.parse(
    await Deno.readTextFile(`${ROOT}notebooks/${name}.ipynb`),
  );
  for (const cell of notebook.cells) if (cell.outputs) cell.outputs = [];
  await Deno.writeTextFile(`${ROOT}${copy}`, change(JSON.stringify(notebook)));
  const server = new Deno.Command(`${BIN}/jupyter`, {
    args: [
      "lab",
      "--no-browser",
      "--allow-root",
      `--ServerApp.port=${PORT}`,
      "--ServerApp.port_retries=0",
      `--IdentityProvider.token=${TOKEN}`,
      "--LabApp.news_url=None",
    ],
    cwd: ROOT,
    env: { JUPYTER_PREFER_ENV_PATH: "1", COURSE_QUICK: "1" },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    await untilServed(`http://127.0.0.1:${PORT}/api?token=${TOKEN}`);
    const page = await browser.newPage({
      viewport: { width: 1280, height: 1000 },
    });
    await page.goto(
      `http://127.0.0.1:${PORT}/lab/tree/${copy}?token=${TOKEN}&reset`,
    );
    await page.getByText("Deno | Idle").waitFor({ timeout: 60_000 });
    await page.getByRole("menuitem", { name: "Run", exact: true }).click();
    await page.getByRole("menuitem", { name: "Run All Cells", exact: true })
      .click();
    await use(page, `${ROOT}${copy}`);
  } finally {
    await browser.close();
    server.kill("SIGTERM");
    await server.status;
    await Deno.remove(`${ROOT}${copy}`);
  }
}

async function untilServed(url: string) {
  for (let tries = 0; tries < 120; tries++) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("Cannot reach JupyterLab: it does not answer");
}

/** Waits for the last cell, saves, and compares captions cell by cell. */
async function checkSaved(page: Page, path: string) {
  const captions = /(?:Figure|Table) \d\.\d(?=\. )/g;
  for (let tries = 0; tries < 120; tries++) {
    await page.keyboard.press("Control+s");
    await page.waitForTimeout(1_000);
    const { cells } = JSON.parse(await Deno.readTextFile(path));
    const code = cells.filter((cell: { cell_type: string }) =>
      cell.cell_type === "code"
    );
    if (
      code.some((cell: { execution_count: unknown }) => !cell.execution_count)
    ) {
      continue;
    }
    const shown = (cell: { outputs: unknown }) =>
      JSON.stringify(cell.outputs).match(captions) ?? [];
    const wanted = (cell: { source: unknown }) =>
      JSON.stringify(cell.source).match(captions) ?? [];
    if (shown(code.at(-1)).length / 2 < wanted(code.at(-1)).length) continue;
    for (const cell of code) {
      // Each stands in the HTML and in the text.
      assert.deepEqual([...new Set(shown(cell))], [...new Set(wanted(cell))]);
      assert.ok(!JSON.stringify(cell.outputs).includes('"error"'));
    }
    return;
  }
  throw new Error("Cannot see the end of the notebook: cells did not finish");
}

const options = {
  ignore: !CHROMIUM,
  sanitizeOps: false,
  sanitizeResources: false,
};

Deno.test(
  "JupyterLab runs 02 and shows its figures",
  options,
  () =>
    inLab("02_noise", async (page, path) => {
      const figures = page.locator(".jp-OutputArea-output figure img");
      await figures.first().waitFor({ timeout: 60_000 });
      const width = await figures.first().evaluate((image) =>
        (image as HTMLImageElement).naturalWidth
      );
      assert.ok(width > 600);
      await checkSaved(page, path);
    }),
);

Deno.test(
  "JupyterLab runs 04 and its curve moves",
  options,
  () =>
    inLab("04_fit", async (page, path) => {
      const curve = page.locator('img[alt^="Curves of training"]');
      await curve.waitFor({ timeout: 120_000 });
      const states = new Set<string | null>();
      for (let i = 0; i < 40; i++) {
        states.add(await curve.getAttribute("src"));
        await page.waitForTimeout(100);
      }
      assert.ok(states.size > 3, `${states.size} states of the curve`);
      assert.equal(await curve.count(), 1);
      await checkSaved(page, path);
      // Long enough to be watched: quick epochs take a fifth of a second.
    }, (json) => json.replaceAll("epochs: size.epochs", "epochs: 40")),
);
