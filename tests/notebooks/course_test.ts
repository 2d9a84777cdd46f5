/** The main job on few digits: every notebook runs, and its pages are whole. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { notebookNames } from "../../tools/course.ts";
import { capture, ROOT, venvPython } from "../../tools/system.ts";
import { deadLinks } from "./dead_links.ts";

interface Cell {
  cell_type: string;
  source: string[];
  outputs: { output_type: string; data?: Record<string, string[]> }[];
}

async function course(...args: string[]) {
  const { code, stdout, stderr } = await capture(Deno.execPath(), [
    "task",
    "course",
    "--quick",
    ...args,
  ], { cwd: ROOT, env: { NO_COLOR: "1" } });
  return { code, output: stdout + stderr };
}

function read(path: string): Cell[] {
  return JSON.parse(Deno.readTextFileSync(`${ROOT}${path}`)).cells
    .filter(({ cell_type }: Cell) => cell_type === "code");
}

/** What a notebook's file says of its kernel and its language. */
function languageOf(path: string) {
  const { metadata } = JSON.parse(Deno.readTextFileSync(`${ROOT}${path}`));
  const { kernelspec, language_info } = metadata;
  return { kernelspec, language_info };
}

/** "Figure 2.1", "Table 2.1" and so on, in the order they come. */
function captionsIn(text: string): string[] {
  return text.match(/(?:Figure|Table) \d+\.\d(?=\. )/g) ?? [];
}

const names = await notebookNames();

Deno.test("a quick course runs every notebook and makes every page", async () => {
  const { code, output } = await course("--force");
  assert.equal(code, 0, output.slice(-3_000));
  for (const name of names) {
    assert.match(output, new RegExp(`${name}  cell 1 of \\d+`));
    const page = await Deno.readTextFile(`${ROOT}site-quick/${name}.html`);
    // One program, which the page's policy allows by its hash.
    const [[, program], ...others] = page.matchAll(
      /<script[^>]*>(.*?)<\/script>/gs,
    );
    assert.deepEqual(others, []);
    const hash = createHash("sha256").update(program).digest("base64");
    assert.ok(page.includes(`script-src 'sha256-${hash}'"`), name);
    // A link to follow is no request; everything else stays in the page.
    assert.ok(!/(?:src|<link[^>]*href)="(?:https?:)?\/\//.test(page), name);
    assert.ok(page.includes("default-src 'none'"), name);
    assert.ok(page.includes("media-src data:"), name); // as sounds are
    assert.ok(!/<a href="[^"]*\.ipynb"/.test(page), name);
    assert.ok(page.includes("Made in quick mode"), name);
    assert.ok(page.includes('href="index.html"'), name);
    // What --save would put into git is what JupyterLab leaves as it is.
    assert.deepEqual(
      languageOf(`site-quick/${name}.ipynb`),
      languageOf(`notebooks/${name}.ipynb`),
    );
  }
  const again = await course();
  assert.equal(again.code, 0);
  assert.equal(
    again.output.match(/unchanged since its last run/g)?.length,
    names.length,
  );
});

Deno.test("links between pages land, and pages link to the glossary", async () => {
  assert.deepEqual(await deadLinks(`${ROOT}site-quick`), []);
  for (const name of names) {
    const page = await Deno.readTextFile(`${ROOT}site-quick/${name}.html`);
    assert.match(page, /href="glossary.html#[\w-]+"/, name);
  }
  const words = await Deno.readTextFile(`${ROOT}site-quick/glossary.html`);
  assert.ok(words.includes("Made in quick mode"));
});

Deno.test("no link of a page leads out of its folder", async () => {
  const kept = [
    '<a href="#here">a</a>',
    '<a href="https://example.org/../x">b</a>',
    '<a href="index.html">all</a>',
    '<a href="04_fit.html">before</a>',
  ];
  const program = `import sys; sys.path.insert(0, "tools")
from links import link_pages
print(link_pages(sys.argv[1], "04_fit", ["04_fit"]))`;
  const links = [
    '<a class="x" href="04_fit.ipynb#fit">c</a>',
    '<a href="05_evaluate.ipynb">d</a>',
    '<a href="../../etc/passwd">e</a>',
    '<a href="/etc/passwd">f</a>',
    '<a href="file:///etc/passwd">g</a>',
    '<a href="solutions/01_load.ipynb">h</a>',
    '<a href="04_fit.ipynb/../../x.md">i</a>',
    '<a title="t" href="javascript:alert(1)">j</a>',
    "<a href='../k'>k</a>",
    "<A HREF=../l>l</A>",
  ];
  const { stdout } = await capture(venvPython(), [
    "-c",
    program,
    [...kept, ...links].join("\n"),
  ], { cwd: ROOT });
  assert.deepEqual(stdout.trim().split("\n"), [
    ...kept,
    '<a class="x" href="04_fit.html#fit">c</a>',
    ..."defghijkl",
  ]);
});

Deno.test("pages of the outputs that git keeps are made without a run", async () => {
  const folder = await Deno.makeTempDir();
  const { code, stdout, stderr } = await capture(Deno.execPath(), [
    ...["task", "course", "--saved", "04", "--out", folder],
  ], { cwd: ROOT, env: { NO_COLOR: "1" } });
  assert.equal(code, 0, stdout + stderr);
  const [page, kept] = await Promise.all(
    [`${folder}/04_fit.html`, `${ROOT}notebooks/04_fit.ipynb`]
      .map((path) => Deno.readTextFile(path)),
  );
  const [image] = kept.match(/data:image\/svg\+xml,[^"\\]{100}/)!;
  assert.ok(page.includes(image));
  // Where one notebook stands alone no link is dead either.
  assert.deepEqual(await deadLinks(folder), []);
  assert.ok(!page.includes("05_evaluate.html"));
  await Deno.remove(folder, { recursive: true });
});

for (const name of names) {
  for (const folder of ["site-quick", "notebooks"]) {
    Deno.test(`${folder}/${name}: every output is there, in its own cell`, () => {
      for (const { source, outputs } of read(`${folder}/${name}.ipynb`)) {
        const shown = outputs.map(({ data }) =>
          [data?.["text/html"] ?? ""].flat().join("")
        ).join("");
        assert.deepEqual(captionsIn(shown), captionsIn(source.join("")));
        assert.ok(!outputs.some(({ output_type }) => output_type === "error"));
        assert.ok(
          !JSON.stringify(outputs).includes("running TensorFlow.js in"),
        );
      }
    });
  }
}

Deno.test("README's scores are those that notebook 5 measured", async () => {
  const outputs = JSON.stringify(read("notebooks/05_evaluate.ipynb"));
  const said = outputs.match(/([\d.]+ dB) and SSIM [\d.]+; .*? ([\d.]+ dB)/);
  const readme = (await Deno.readTextFile(`${ROOT}README.md`))
    .replaceAll(/\s+/g, " ");
  const [, network, linear] = said!;
  assert.ok(readme.includes(`${linear}, and the network ${network}`), network);
});

Deno.test("a cell that fails ends with its name, place and way out", async () => {
  const path = `${ROOT}notebooks/99_fails.ipynb`;
  const [cell] = read("notebooks/01_load.ipynb");
  const source = ['throw new Error("so it is");'];
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      cells: [
        { cell_type: "markdown", id: "a", metadata: {}, source: ["# Fails"] },
        { ...cell, id: "b", outputs: [], source },
      ],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5,
    }),
  );
  try {
    const failed = await course("99");
    assert.equal(failed.code, 1);
    const last = failed.output.trim().split("\n").slice(-12).join("\n");
    assert.match(last, /notebooks\/99_fails.ipynb, cell 1: throw new Error/);
    assert.match(last, /Error: so it is/);
    assert.match(last, /Way out: /);
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(
      path,
      text.replace(source[0].replaceAll('"', '\\"'), "const x: string = 1;"),
    );
    const unchecked = await course("99");
    assert.equal(unchecked.code, 1);
    assert.match(unchecked.output, /notebooks\/99_fails.ipynb, cell 1, line 1/);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a notebook that does not exist, and an unknown flag, are refused", async () => {
  const missing = await course("77");
  assert.equal(missing.code, 1);
  assert.match(missing.output, /Cannot run "77": there are 01_load/);
  const unknown = await course("--fast");
  assert.match(unknown.output, /Cannot take "--fast"/);
});
