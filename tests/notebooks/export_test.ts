/** Notebooks as other files: by JupyterLab's menu, and by `jupyter nbconvert`. */

import assert from "node:assert/strict";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { decode } from "fast-png";
import { parseHTML } from "linkedom";
import type { Download, Page } from "playwright-core";
import { notebookNames } from "../../tools/course.ts";
import { outputOf, ROOT, venvPython } from "../../tools/system.ts";
import { CHROMIUM, inBrowser, startLab } from "./lab.ts";
import { openNotebook } from "./lab_page.ts";
import { someNotebooks } from "./some_notebooks.ts";

const names = await notebookNames();
const notebookPath = (name: string) => `${ROOT}notebooks/${name}.ipynb`;

/** Runs nbconvert of the course's .venv, and says where its files are. */
async function convert(
  format: string,
  notebooks: string[],
  ...options: string[]
): Promise<string> {
  const folder = await Deno.makeTempDir();
  await outputOf(venvPython(), [
    ...["-m", "nbconvert", "--to", format, "--output-dir", folder],
    ...[...options, ...notebooks],
  ], { cwd: ROOT, env: { JUPYTER_PREFER_ENV_PATH: "1" } });
  return folder;
}

/** Writes a notebook of the course's kernel with these cells, and says where. */
async function writeNotebook(given: Record<string, unknown>[]) {
  const cells = given.map((cell, i) => ({ id: `${i}`, metadata: {}, ...cell }));
  const { metadata } = JSON.parse(
    await Deno.readTextFile(notebookPath(names[0])),
  );
  const notebook = { cells, metadata, nbformat: 4, nbformat_minor: 5 };
  const path = await Deno.makeTempFile({ suffix: ".ipynb" });
  await Deno.writeTextFile(path, JSON.stringify(notebook));
  return path;
}

/** Clicks an entry of File, Save and Export Notebook As. */
async function openExportMenu(page: Page) {
  await page.getByRole("menuitem", { name: "File", exact: true }).click();
  await page.locator(".lm-Menu-item", {
    hasText: "Save and Export Notebook As",
  })
    .hover();
  const entries = page.locator(".lm-Menu").nth(1).locator(".lm-Menu-item");
  await entries.first().waitFor();
  return entries;
}

/** Exports the open notebook as HTML, and changes nothing of what is proposed. */
async function exportHtml(page: Page): Promise<Download> {
  const entries = await openExportMenu(page);
  await entries.getByText("HTML").click();
  // Chromium tells of it on the page that opened the tab, or on the tab.
  const download = new Promise<Download>((resolve) => {
    page.once("download", resolve);
    page.context().once("page", (tab) => tab.once("download", resolve));
  });
  await page.locator(".jp-Dialog").getByRole("button", { name: "Ok" }).click();
  return await download;
}

/** What git keeps of a notebook's outputs, a page of it must show on white. */
async function checkPage(page: Page, path: string, name: string) {
  const notebook = await Deno.readTextFile(notebookPath(name));
  await page.goto(pathToFileURL(path).href, { waitUntil: "domcontentloaded" });
  const images = await page.locator("figure img").all();
  assert.equal(images.length, notebook.match(/<img /g)?.length);
  for (const image of images) {
    await image.evaluate((element: HTMLImageElement) => element.decode());
    const { data } = decode(await image.screenshot());
    assert.deepEqual([...data.slice(0, 3)], [255, 255, 255]);
  }
  const captions = await page.locator("figcaption").allTextContents();
  assert.deepEqual(
    captions.map((text) => text.match(/^(?:Figure|Table) \d+\.\d/)?.[0]),
    [...notebook.matchAll(/<figcaption>(.*?\d\.\d)/g)].map(([, text]) => text),
  );
  const tables = await page.locator("figure table").count();
  assert.equal(tables, notebook.match(/<table>/g)?.length ?? 0);
  const text = await page.locator("body").innerText();
  assert.ok(!/<\/?(figure|img|table|p|h\d)\b/.test(text), "tags are shown");
}

Deno.test("pages that JupyterLab's menu makes show all figures, on white", {
  ignore: !CHROMIUM,
  sanitizeOps: false,
  sanitizeResources: false,
}, async (test) => {
  const folder = await Deno.makeTempDir();
  await using lab = await startLab();
  await inBrowser(async (page) => {
    for (const name of await someNotebooks()) {
      await test.step(name, async () => {
        await openNotebook(page, lab, `notebooks/${name}.ipynb`);
        const download = await exportHtml(page);
        assert.equal(download.suggestedFilename(), `${name}.html`);
        await download.saveAs(`${folder}/${name}.html`);
        await checkPage(page, `${folder}/${name}.html`, name);
        await lab.endKernels();
      });
    }
    await test.step("what else the menu offers works", async () => {
      await openNotebook(page, lab, `notebooks/${names[0]}.ipynb`);
      const entries = await openExportMenu(page);
      assert.deepEqual(await entries.allTextContents(), [
        ...["HTML", "Markdown", "Executable Script", "Reveal.js Slides"],
      ]);
      for (const format of ["html", "markdown", "script", "slides"]) {
        const { status, body } = await fetch(
          `${lab.url}/nbconvert/${format}/notebooks/${names[0]}.ipynb` +
            `?token=${lab.token}`,
        );
        await body?.cancel();
        assert.equal(status, 200, format);
      }
    });
  }, { colorScheme: "dark" });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("pages that nbconvert makes show all figures, on white", {
  ignore: !CHROMIUM,
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  const folder = await convert("html", names.map(notebookPath));
  await inBrowser(async (page) => {
    for (const name of names) {
      await checkPage(page, `${folder}/${name}.html`, name);
    }
  }, { colorScheme: "dark" });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("an exported page that is sanitized can run nothing", {
  ignore: !CHROMIUM,
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  const html = "text/html,<script>alert(1)</script>";
  const png = "data:image/png;base64,iVBORw0KGgo=";
  const hostile = [
    '<img src="x.png" onerror="alert(1)">',
    "<script>alert(1)</script>",
    '<p style="background: url(javascript:alert(1))">c</p>',
    `<img src="data:${html}"><img src="&#100;ata:${html}"><img src="${png}">`,
    ...[
      ...["javascript:alert(1)", `data:${html}`, ` da\tta:${html}`, png],
      ...[`&#100;ata:${html}`, `&#x64;ata&colon;${html}`, `&#1;data:${html}`],
      ...[`d&Tab;a&NewLine;ta:${html}`, `\x01data:${html}`, "https://a.org/"],
    ].map((target) => `<a href="${target}">a</a>`),
  ].join("\n\n");
  const output = { output_type: "display_data", metadata: {} };
  const outputs = [{ ...output, data: { "text/html": hostile } }];
  const path = await writeNotebook([
    { cell_type: "markdown", source: hostile },
    { cell_type: "code", source: hostile, execution_count: 1, outputs },
  ]);
  const options = ["--output=page", "--HTMLExporter.sanitize_html=True"];
  const folder = await convert("html", [path], ...options);
  await inBrowser(async (page) => {
    const alerts: string[] = [];
    page.on("dialog", async (dialog) => {
      alerts.push(dialog.message());
      await dialog.dismiss();
    });
    const { href } = pathToFileURL(`${folder}/page.html`);
    await page.goto(href, { waitUntil: "domcontentloaded" });
    // The browser knows best what it makes of an address.
    const { links, images, code } = await page.evaluate(() => {
      const all = [...document.querySelectorAll("main *")];
      return {
        links: all.flatMap((one) =>
          one instanceof HTMLAnchorElement ? [one.protocol] : []
        ),
        images: all.flatMap((one) =>
          one instanceof HTMLImageElement ? [one.src] : []
        ),
        code: all.flatMap(({ localName, attributes }) => [
          ...localName === "script" ? [localName] : [],
          ...[...attributes].map(({ name, value }) => `${name}=${value}`)
            .filter((text) => /^on|^style=.*script:/.test(text)),
        ]),
      };
    });
    // A link without an address has ":", one to a place beside the page "file:".
    const away = links.filter((protocol) => !/^(file)?:$/.test(protocol));
    assert.deepEqual(away, ["https:", "https:"]);
    const data = images.filter((source) => source.startsWith("data:"));
    assert.deepEqual(data, [png, png]);
    assert.deepEqual([...code, ...alerts], []);
    assert.match(await page.locator("main").innerText(), /<script>alert/);
  });
  await Deno.remove(folder, { recursive: true });
  await Deno.remove(path);
});

Deno.test("in slides each section goes to the right, each cell down", async () => {
  const folder = await convert("slides", names.map(notebookPath));
  for (const name of names) {
    const { cells } = JSON.parse(await Deno.readTextFile(notebookPath(name)));
    const texts = cells.filter(({ cell_type }: { cell_type: string }) =>
      cell_type === "markdown"
    ).map(({ source }: { source: string[] }) => source.join(""));
    const html = await Deno.readTextFile(`${folder}/${name}.slides.html`);
    const { document } = parseHTML(html) as unknown as { document: Document };
    const sections = [...document.querySelectorAll(".slides > section")];
    assert.deepEqual(
      sections.map((section) =>
        section.querySelector("h1, h2")?.textContent.replace("¶", "")
      ),
      texts.flatMap((text: string) => text.match(/^##? .*/gm) ?? [])
        .map((heading: string) => heading.replace(/^#+ /, "")),
    );
    for (const section of sections) {
      const slides = section.querySelectorAll("section");
      const shown = section.querySelectorAll(".jp-Cell");
      assert.equal(slides.length, shown.length);
    }
  }
  await Deno.remove(folder, { recursive: true });
});

/** Makes scripts of notebooks in a folder, in which Deno then does something. */
async function withScripts(
  notebooks: string[],
  use: (
    deno: (...args: string[]) => Promise<string>,
    folder: string,
  ) => Promise<void>,
) {
  const scripts = await convert("script", notebooks);
  // Beside notebooks/, for there lies what scripts import.
  const folder = await Deno.makeTempDir({ dir: ROOT, prefix: ".try-" });
  const deno = (...args: string[]) =>
    outputOf(Deno.execPath(), args, {
      cwd: folder,
      env: { COURSE_QUICK: "1", NO_COLOR: "1" },
    });
  try {
    for await (const { name } of Deno.readDir(scripts)) {
      await Deno.copyFile(`${scripts}/${name}`, `${folder}/${name}`);
    }
    await use(deno, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(scripts, { recursive: true });
  }
}

/** "Figure 2.1", "Table 2.1" and so on, where a line begins with it. */
const CAPTION = /^(?:Figure|Table) \d+\.\d(?=\. )/gm;

Deno.test("scripts show what the notebooks show, figures as files", async () => {
  await withScripts(names.map(notebookPath), async (deno, folder) => {
    await deno("check", ...names.map((name) => `${name}.ts`));
    for (const name of names) {
      const { cells } = JSON.parse(await Deno.readTextFile(notebookPath(name)));
      const outputs = cells.flatMap(({ outputs = [] }) => outputs);
      if (!["01_load", "04_fit"].includes(name)) {
        // That is enough for those that take long.
        const script = await Deno.readTextFile(`${folder}/${name}.ts`);
        const shown = script.match(
          /await show\((table|plot|digit|network|sound|draw)/g,
        );
        const wanted = outputs.filter((
          { output_type, data }: { output_type: string; data?: object },
        ) => output_type === "execute_result" && "text/html" in data!);
        assert.equal(shown?.length, wanted.length);
        continue;
      }
      const wanted = JSON.stringify(outputs).match(
        /(?<=<figcaption>)(?:Figure|Table) \d+\.\d/g,
      );
      const said = await deno("run", "-A", `${name}.ts`);
      assert.deepEqual(said.match(CAPTION), wanted);
      const figures = wanted!.filter((caption) => caption.startsWith("F"));
      for (const figure of figures) {
        const path = `shown/${figure.toLowerCase().replace(" ", "-")}.svg`;
        assert.ok(said.includes(`→ ${path}\n`), said);
        const svg = await Deno.readTextFile(`${folder}/${path}`);
        assert.match(svg, /^<svg .*<\/svg>$/s);
      }
    }
  });
});

Deno.test("a script shows what each cell ends in, however it is written", async () => {
  const sources = [
    ['import { courseSize } from "../lib/mod.ts";', ""],
    ['import {\n  basename,\n} from "node:path";\nbasename("a/b")', "b"],
    ['import { sep } from "node:path"; sep', ""],
    ["", ""],
    ["// a remark", ""],
    ["1 + 1;\n\n// and a remark", "2"],
    ['[\n  "http://a",\n].at(0) // "and" /* one', "http://a"],
    ["[\n  3,\n].map((x) => {\n  return x;\n})", "[ 3 ]"],
    ["let a = 3; a++;", ""],
    ["a; a;", ""],
    ["a // is four", "4"],
    ["type A = number;", ""],
    ["const text = `\na\n`;", ""],
    ["text.trim()", "a"],
    ["if (a) {\n  a++;\n}", ""],
    ["await Promise.resolve(courseSize().epochs);", "2"],
    ["{\nconst a = 1;\n}", ""],
    ["{ a }", "{ a: 5 }"],
    ["text\n.trim()\n.at(0)", "a"],
    ["a\n+ 1", "6"],
    ["1, 2", "2"],
    ["const c = a\n? 1\n: 2", ""],
    ["function f()\n{\nreturn 7;\n}", ""],
    ["f()", "7"],
    ["const t = [\n1,\n2]", ""],
    ["let x =\nf()", ""],
    ["await using file = await Deno.open(import.meta.filename!)", ""],
    ["label: x", ""],
    ["debugger", ""],
    ["x; /* a\nb */", "7"],
    ["/* a\nb */ x\n/* c\nd */", "7"],
    ["/* a\nb */ x\n/* c\nd */;", "7"],
    ["1; /* a */ x /* b */", ""],
    ["x as number satisfies number", "7"],
    ["`\n// ${x}`.trim()", "// 7"],
    ["console.log(8)", "8"],
  ];
  const path = await writeNotebook(sources.map(([source]) => ({
    ...{ cell_type: "code", source, execution_count: null, outputs: [] },
  })));
  await withScripts([path], async (deno) => {
    const said = await deno("run", "-A", basename(path, ".ipynb") + ".ts");
    const wanted = sources.map(([, text]) => text).filter((text) => text);
    assert.deepEqual(said.trim().split("\n"), wanted);
  });
  await Deno.remove(path);
});

Deno.test("a script without Deno has its cells as they are, and says so", async () => {
  const cell = { cell_type: "code", execution_count: null, outputs: [] };
  const source = 'import { table } from "../lib/mod.ts";\n1 + 1;';
  const path = await writeNotebook([{ ...cell, source }]);
  // Where this copy stands no kernel says where Deno is.
  const elsewhere = await Deno.makeTempDir();
  const config = `${elsewhere}/jupyter_config.py`;
  await Deno.copyFile(`${ROOT}tools/jupyter_config.py`, config);
  const scripts = await convert("script", [path], `--config=${config}`);
  const script = `${scripts}/${basename(path, ".ipynb")}.ts`;
  const text = await Deno.readTextFile(script);
  assert.ok(text.includes(source), text);
  assert.match(text, /^\/\/ What cells end in is not shown, .*kernel\.json/m);
  await Deno.remove(elsewhere, { recursive: true });
  await Deno.remove(scripts, { recursive: true });
  await Deno.remove(path);
});
