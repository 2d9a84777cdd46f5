/**
 * Checks the types of all cells, since Deno's kernel does not, and shows nothing
 * at all for a mistake of syntax. The cells of a notebook become one module.
 */

import { capture, ROOT } from "./system.ts";

interface Cell {
  cell_type: string;
  source: string | string[];
}

/** The code of a notebook; before each cell a line says which it is. */
export function codeOf(json: string): string {
  const cells = (JSON.parse(json).cells as Cell[])
    .filter(({ cell_type }) => cell_type === "code");
  const parts = cells.map(({ source }, i) =>
    `// cell ${i + 1}\n${[source].flat().join("")}`
  );
  return parts.join("\n") + "\nexport {};\n";
}

/**
 * Runs `deno check` on the cells of these notebooks.
 *
 * @throws {Error} that names notebook, cell and line of each mistake.
 */
export async function checkNotebooks(names: string[]) {
  // Beside the notebooks, so that relative imports are right.
  const modules = names.map(moduleOf);
  try {
    for (const [i, name] of names.entries()) {
      const json = await Deno.readTextFile(`${ROOT}notebooks/${name}.ipynb`);
      await Deno.writeTextFile(modules[i], codeOf(json));
    }
    const { success, stderr } = await capture(Deno.execPath(), [
      "check",
      "--frozen",
      ...modules,
    ], { cwd: ROOT, env: { NO_COLOR: "1" } });
    if (success) return;
    const report = stderr;
    throw new Error(`Cannot run the notebooks:\n${await locate(report)}`);
  } finally {
    for (const module of modules) await Deno.remove(module).catch(() => {});
  }
}

function moduleOf(name: string): string {
  return `${ROOT}notebooks/${name.replace(/(\w+)$/, ".check-$1.ts")}`;
}

/** Turns lines of the modules into cells of the notebooks. */
async function locate(report: string): Promise<string> {
  let located = report;
  const places = report.matchAll(
    /file:\S*?\/notebooks\/(\w+\/)?\.check-(\w+)\.ts:(\d+):(\d+)/g,
  );
  for (const [place, folder = "", stem, line] of places) {
    const name = folder + stem;
    const lines = (await Deno.readTextFile(moduleOf(name))).split("\n");
    let at = Number(line) - 1, number = 0;
    while (at > 0 && !/^\/\/ cell \d+$/.test(lines[at])) {
      at--;
      number++;
    }
    const cell = lines[at].replace("// ", "");
    located = located.replace(
      place,
      `notebooks/${name}.ipynb, ${cell}, line ${number}`,
    );
  }
  return located;
}
