/** Runs the notebooks in order and makes a page of each: `deno task course`. */

import { createHash } from "node:crypto";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { drawingsIn } from "../lib/notebook/cell_output.ts";
import { checkNotebooks } from "./check_notebooks.ts";
import { lockedPackages } from "./lock.ts";
import {
  foretell,
  lastRun,
  measurePace,
  minutes,
  type Pace,
  type Run,
  slowness,
  TimeLeft,
} from "./pace.ts";
import { setUp } from "./setup.ts";
import { ROOT, run, venvPython } from "./system.ts";
import { runTask } from "./task.ts";

const USAGE = `deno task course [02 05] [options]

Runs all notebooks, or those with these numbers, and makes a page of each. A
notebook that ran well and whose cells, helpers and forerunners are the same is
not run again.

  --quick      fewer digits and epochs, into site-quick/: does all run here?
  --out DIR    writes the pages to DIR
  --force      runs also what has not changed
  --solutions  also runs the solutions of the exercises
  --offline    fetches nothing, and says at once what is missing
  --save       puts the outputs into notebooks/, where git keeps them
  --saved      runs nothing: makes pages of those outputs, into site-saved/
  --texts FILE what the pages say around the notebooks, in another language: a
               translation of tools/course_template/texts.pot
  --pdf        also prints all pages as one PDF; it needs Chromium, Chrome or
               Edge; set CHROME_PATH if it is not in a usual place`;

const FLAGS = [
  "force",
  "quick",
  "save",
  "saved",
  "solutions",
  "offline",
  "pdf",
] as const;

interface Options extends Record<(typeof FLAGS)[number], boolean> {
  numbers: string[];
  out?: string;
  texts?: string;
}

/** The options that stand on the command line. */
export function parse(args: string[]): Options {
  const flags = FLAGS.map((name) => [name, { type: "boolean" as const }]);
  const { values, positionals } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(flags),
      ...{ out: { type: "string" }, texts: { type: "string" } },
    },
    allowPositionals: true,
    strict: false,
  });
  const names = [...FLAGS, "out", "texts"].map((name) => `--${name}`);
  const unknown = Object.keys(values).find((name) =>
    !names.includes(`--${name}`)
  );
  if (unknown) {
    throw new RangeError(
      `Cannot take "--${unknown}": known are ${names.join(", ")}`,
    );
  }
  if (values.quick && values.save) {
    throw new RangeError(
      `Cannot take "--save" with --quick: the outputs in git are full ones`,
    );
  }
  const running = ["quick", "save", "force", "solutions"].find((name) =>
    values[name]
  );
  if (values.saved && running) {
    throw new RangeError(
      `Cannot take "--saved" with --${running}: it runs nothing`,
    );
  }
  /** What stands behind an option, a path. */
  const pathAfter = (name: "out" | "texts", what: string) => {
    const value = values[name];
    if (value === undefined) return undefined;
    if (typeof value === "string" && value !== "") return resolve(value);
    throw new RangeError(
      `Cannot take "--${name}": it wants a ${what} after it`,
    );
  };
  const given = FLAGS.map((name) => [name, values[name] === true]);
  return {
    ...Object.fromEntries(given),
    numbers: positionals.map((number) => number.padStart(2, "0")),
    out: pathAfter("out", "folder"),
    texts: pathAfter("texts", "file"),
  } as Options;
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
  const names = notebooks.map((notebook) => `solutions/${notebook}`);
  return await filterThere(names, (name) => `${ROOT}notebooks/${name}.ipynb`);
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
  hash.update(await lockedPackages());
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

/** A notebook to run, and what is known of an earlier run. */
interface Job {
  name: string;
  source: string;
  target: string;
  /** Where the hash of what it ran on is kept. */
  stamp: string;
  hash: string;
  known?: Run;
}

/** The notebooks to run: those that changed since they ran, or all. */
async function jobsFor(chosen: string[], site: string, options: Options) {
  const { force, quick } = options;
  const names = await notebookNames();
  const jobs: Job[] = [];
  for (const name of chosen) {
    const notebook = name.replace("solutions/", "");
    const before = names.slice(0, names.indexOf(notebook));
    const source = `${ROOT}notebooks/${name}.ipynb`;
    const target = `${site}/${name}.ipynb`;
    const stamp = `${site}/runs/${name}`;
    const hash = await hashOf([...before, name]);
    if (!force && await Deno.readTextFile(stamp).catch(() => "") === hash) {
      console.log(`${name}  unchanged since its last run`);
      continue;
    }
    // The outputs in notebooks/ are those of a full run.
    const known = await lastRun(target) ??
      (quick ? undefined : await lastRun(source));
    jobs.push({ name, source, target, stamp, hash, known });
  }
  return jobs;
}

/** Says before the first notebook runs how long each will take. */
function announce(jobs: Job[], here: Pace) {
  const known = jobs.filter(({ known }) => known);
  if (known.length === 0) return;
  const times = known.map(({ known }) => foretell(known!, here));
  console.log(
    `A training step takes ${here[0].toFixed(0)} ms on this machine. ` +
      `By earlier runs the notebooks will take:`,
  );
  known.forEach(({ name }, i) =>
    console.log(`  ${name}  ${minutes(times[i])}`)
  );
  const sum = times.reduce((sum, next) => sum + next, 0);
  if (known.length > 1) console.log(`  in all  ${minutes(sum)}`);
}

async function course(options: Options) {
  const { numbers, quick, save, saved, solutions, offline, pdf, out, texts } =
    options;
  const folder = quick ? "site-quick" : saved ? "site-saved" : "site";
  const site = out ?? ROOT + folder;
  const names = await notebookNames();
  const notebooks = choose(names, numbers);
  const chosen = solutions
    ? [...notebooks, ...await solutionNames(notebooks)]
    : notebooks;
  await setUp({ offline });
  // Before the long work, not after it.
  if (texts) await run(venvPython(), ["tools/texts.py", "--read", texts]);
  if (pdf) await (await import("./pdf.ts")).checkBrowser();
  await Deno.mkdir(`${site}/runs/solutions`, { recursive: true });
  await Deno.mkdir(`${site}/solutions`, { recursive: true });
  if (saved) {
    for (const name of notebooks) {
      const file = `${name}.ipynb`;
      await Deno.copyFile(`${ROOT}notebooks/${file}`, `${site}/${file}`);
      // What ran here before has been replaced.
      for (const run of [name, `solutions/${name}`]) {
        await Deno.remove(`${site}/runs/${run}`).catch(() => {});
      }
    }
    const pathOf = (name: string) => `${site}/${name}.ipynb`;
    await exportPages(site, await filterThere(names, pathOf), options);
    console.log(`Pages of the saved outputs in ${site}/index.html`);
    if (pdf) console.log(`All of them as one PDF in ${site}/course.pdf`);
    return;
  }
  await checkNotebooks(chosen);
  const start = performance.now();
  const jobs = await jobsFor(chosen, site, options);
  const pace = jobs.length > 0 ? await measurePace() : undefined;
  if (pace) announce(jobs, pace);
  const foretold = jobs.map(({ known }) =>
    known && pace ? foretell(known, pace) : 0
  );
  const timeLeft = new TimeLeft(foretold);
  for (const [i, job] of jobs.entries()) {
    const seconds = await runNotebook(job, { pace, quick });
    const left = timeLeft.add(seconds);
    if (i < jobs.length - 1 && foretold.every((time) => time > 0)) {
      console.log(`${i + 1} of ${jobs.length} done, ${left} left in all`);
    }
  }
  if (save) { for (const name of chosen) await saveOutputs(site, name); }
  const done = await filterThere(names, (name) => `${site}/runs/${name}`);
  await exportPages(site, done, options);
  const took = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(
    `${done.length} notebooks and a glossary in ${site}/index.html, ` +
      `${took} min`,
  );
  if (pdf) console.log(`All of them as one PDF in ${site}/course.pdf`);
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** Those of the names whose path is there. */
async function filterThere(names: string[], pathOf: (name: string) => string) {
  const isThere = await Promise.all(names.map((name) => exists(pathOf(name))));
  return names.filter((_, i) => isThere[i]);
}

/** What pages of their own show: who saves it, where, and who writes their files. */
const EXTRAS = [
  ["04_fit", "/model", "model.json", "writeNetworkFiles"],
  ["07_compression", "/two-numbers", "model.json", "writeMapFiles"],
  ["10_diffusion", "", "ten-walks.json", "writeWalkFiles"],
] as const;

/** Makes the pages of these notebooks in the folder, and what stands beside them. */
async function exportPages(
  site: string,
  names: string[],
  { quick, pdf, texts }: Options,
) {
  // Read only here, so that without esbuild --offline still says what is missing.
  const { bundlePage } = await import("./bundle.ts");
  await Deno.writeTextFile(
    `${site}/runs/search.js`,
    await bundlePage("search"),
  );
  // Removes the networks and the PDF of an earlier run.
  const made = [
    ...["network", "runs/try.js", "runs/try.json", "try.html"],
    ...["runs/map.js", "runs/map.json", "map.html"],
    ...["runs/walk.js", "runs/walk.json", "walk.html", "course.pdf"],
  ];
  for (const path of made) {
    await Deno.remove(`${site}/${path}`, { recursive: true }).catch(() => {});
  }
  for (const [name, folder, file, writer] of EXTRAS) {
    const from = `${ROOT}data/${quick ? "quick" : "run"}${folder}`;
    if (!names.includes(name) || !await exists(`${from}/${file}`)) continue;
    try {
      // Read only here, since TensorFlow.js takes a second to start.
      await (await import("./network_files.ts"))[writer](from, site);
    } catch (error) {
      const { message } = error as Error;
      console.warn(`The pages go without ${from}/${file}: ${message}`);
    }
  }
  const makePages = () =>
    run(venvPython(), ["tools/notebooks.py", "export", site, ...names], {
      env: {
        ...environment({ quick }),
        ...texts ? { COURSE_TEXTS: texts } : {},
      },
    });
  await makePages();
  if (!pdf) return;
  const solutions = await filterThere(
    await solutionNames(names),
    (name) => `${site}/${name}.html`,
  );
  const { printCourse } = await import("./pdf.ts");
  await printCourse(site, [...names, "glossary", ...solutions]);
  await makePages(); // once more, since now they lead to the PDF
}

/** What the programs of tools/notebooks.py find in their environment. */
function environment({ quick }: { quick: boolean }): Record<string, string> {
  return {
    JUPYTER_PREFER_ENV_PATH: "1",
    ...quick ? { COURSE_QUICK: "1" } : {},
  };
}

/** What the foot of a page says of a run. */
async function describeRun() {
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  return {
    day: new Date().toLocaleDateString("en-GB", { dateStyle: "long" }),
    deno: Deno.version.deno,
    tfjs: imports["@tensorflow/tfjs"].split("@").at(-1),
    processor: cpus()[0]?.model.trim() || "an unknown processor",
    cores: navigator.hardwareConcurrency,
  };
}

/** Runs it, and returns the seconds that it took. */
async function runNotebook(
  { source, target, stamp, hash, known }: Job,
  { pace, quick }: { pace?: Pace; quick: boolean },
): Promise<number> {
  const start = performance.now();
  await Deno.remove(stamp).catch(() => {});
  const told = {
    // Of the machine, to be kept with the outputs, and of an earlier run.
    pace,
    known: pace && known ? known.seconds : null,
    slowness: pace && known ? slowness(pace, known.pace) : 1,
    run: await describeRun(),
  };
  const env = { ...environment({ quick }), COURSE_PACE: JSON.stringify(told) };
  const args = ["tools/notebooks.py", "run", source, target];
  await run(venvPython(), args, { env });
  await Deno.writeTextFile(stamp, hash);
  return (performance.now() - start) / 1000;
}

/** Puts a run's outputs where git keeps them, and the README's figure too. */
async function saveOutputs(site: string, name: string) {
  const target = `${site}/${name}.ipynb`;
  await Deno.copyFile(target, `${ROOT}notebooks/${name}.ipynb`);
  const json = await Deno.readTextFile(target);
  const [svg] = drawingsIn(json);
  if (name !== "05_evaluate" || !svg) return;
  await Deno.writeTextFile(`${ROOT}notebooks/denoised.svg`, svg);
}

if (import.meta.main) {
  if (Deno.args.includes("--help")) console.log(USAGE);
  else await runTask(() => course(parse(Deno.args)));
}
