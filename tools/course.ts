/**
 * Runs the notebooks in order and makes a page of each: `deno task course`.
 *
 *     course [02 05] [--force] [--quick] [--save] [--solutions] [--offline]
 *
 * Numbers choose notebooks. A notebook that ran well and whose cells, helpers
 * and forerunners are the same is not run again, unless --force is given.
 * --quick takes fewer digits and epochs, and writes to site-quick/. --save puts
 * the outputs into notebooks/, where git keeps them. --solutions also runs the
 * solutions of the exercises; there are no pages of these. --offline fetches
 * nothing, and says at once what is missing.
 */

import { createHash } from "node:crypto";
import { checkNotebooks } from "./check_notebooks.ts";
import { BIN, ROOT, run, setUp } from "./setup.ts";

const FLAGS = ["--force", "--quick", "--save", "--solutions", "--offline"];

interface Options {
  numbers: string[];
  force: boolean;
  quick: boolean;
  save: boolean;
  solutions: boolean;
  offline: boolean;
}

function parse(args: string[]): Options {
  const numbers = args.filter((arg) => !arg.startsWith("--"))
    .map((number) => number.padStart(2, "0"));
  const flags = args.filter((arg) => arg.startsWith("--"));
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (unknown) {
    throw new RangeError(
      `Cannot take "${unknown}": known are ${FLAGS.join(", ")}`,
    );
  }
  const [force, quick, save, solutions, offline] = FLAGS.map((flag) =>
    flags.includes(flag)
  );
  if (quick && save) {
    throw new RangeError(
      `Cannot take "--save" with --quick: the outputs in git are full ones`,
    );
  }
  return { numbers, force, quick, save, solutions, offline };
}

/** Names of all notebooks, in order. */
export async function notebookNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(`${ROOT}notebooks`)) {
    // Others are somebody's own.
    if (/^\d\d_.*\.ipynb$/.test(name)) names.push(name.slice(0, -6));
  }
  return names.sort();
}

/** Names of the solutions to those notebooks that have some. */
export async function solutionNames(notebooks: string[]): Promise<string[]> {
  const names: string[] = [];
  for (const name of notebooks.map((notebook) => `solutions/${notebook}`)) {
    const file = await Deno.stat(`${ROOT}notebooks/${name}.ipynb`)
      .catch(() => undefined);
    if (file) names.push(name);
  }
  return names;
}

function choose(names: string[], numbers: string[]): string[] {
  const missing = numbers.find((number) =>
    !names.some((name) => name.startsWith(number))
  );
  if (missing) {
    throw new RangeError(
      `Cannot run "${missing}": there are ${names.join(", ")}`,
    );
  }
  return numbers.length === 0
    ? names
    : names.filter((name) => numbers.some((number) => name.startsWith(number)));
}

/** Hash of all that a run of the notebook depends on. */
async function hashOf(names: string[]): Promise<string> {
  const hash = createHash("sha256").update(Deno.version.deno);
  for (const file of await files(`${ROOT}lib`)) {
    hash.update(await Deno.readFile(file));
  }
  hash.update(await Deno.readFile(`${ROOT}deno.lock`));
  for (const name of names) {
    const json = await Deno.readTextFile(`${ROOT}notebooks/${name}.ipynb`);
    for (const { source } of JSON.parse(json).cells) {
      hash.update(JSON.stringify(source));
    }
  }
  return hash.digest("hex");
}

async function files(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    found.push(...isDirectory ? await files(path) : [path]);
  }
  return found.sort();
}

async function course(options: Options) {
  const { numbers, force, quick, save, solutions, offline } = options;
  await setUp({ offline });
  const names = await notebookNames();
  const notebooks = choose(names, numbers);
  const chosen = solutions
    ? [...notebooks, ...await solutionNames(notebooks)]
    : notebooks;
  await checkNotebooks(chosen);
  const site = `${ROOT}${quick ? "site-quick" : "site"}`;
  await Deno.mkdir(`${site}/runs/solutions`, { recursive: true });
  await Deno.mkdir(`${site}/solutions`, { recursive: true });
  const env: Record<string, string> = { JUPYTER_PREFER_ENV_PATH: "1" };
  if (quick) env.COURSE_QUICK = "1";
  const start = performance.now();
  for (const name of chosen) {
    const target = `${site}/${name}.ipynb`;
    const stamp = `${site}/runs/${name}`;
    const notebook = name.replace("solutions/", "");
    const before = names.slice(0, names.indexOf(notebook));
    const hash = await hashOf([...before, name]);
    const last = await Deno.readTextFile(stamp).catch(() => "");
    if (last === hash && !force) {
      console.log(`${name}  unchanged since its last run`);
    } else {
      await Deno.remove(stamp).catch(() => {});
      const source = `${ROOT}notebooks/${name}.ipynb`;
      const args = ["tools/notebooks.py", "run", source, target];
      await run(`${BIN}/python`, args, env);
      await Deno.writeTextFile(stamp, hash);
    }
    if (save && name === notebook) await saveOutputs(target, name);
  }
  const done: string[] = [];
  for (const name of names) {
    const ran = await Deno.stat(`${site}/runs/${name}`).catch(() => undefined);
    if (ran) done.push(name);
  }
  await run(
    `${BIN}/python`,
    ["tools/notebooks.py", "export", site, ...done],
    env,
  );
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(
    `${done.length} notebooks and a glossary in ${site}/index.html, ` +
      `${minutes} min`,
  );
}

/** Puts a run's outputs where git keeps them, and the README's figure too. */
async function saveOutputs(target: string, name: string) {
  await Deno.copyFile(target, `${ROOT}notebooks/${name}.ipynb`);
  const json = await Deno.readTextFile(target);
  const figure = json.match(/data:image\/svg\+xml;base64,([^"\\]+)/);
  if (name !== "05_evaluate" || !figure) return;
  const svg = Uint8Array.fromBase64(figure[1]);
  await Deno.writeFile(`${ROOT}notebooks/denoised.svg`, svg);
}

if (import.meta.main) {
  try {
    await course(parse(Deno.args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
