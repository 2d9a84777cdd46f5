/**
 * Jupyter runs in Python. Here a Python is found, and a .venv is made in which
 * stands what a requirements.txt asks for, and nothing else.
 */

import { patiently, sha256 } from "../lib/data/files.ts";
import { explainDownload } from "./download.ts";
import { capture, ROOT, run, venvPython } from "./system.ts";

/** The first and the last Python for which requirements.txt has all wheels. */
export const PYTHONS = { oldest: 11, newest: 14 };

/** How to install Python, by system. */
const INSTALL: Record<string, string> = {
  windows: "winget install Python.Python.3.13",
  darwin: "brew install python@3.13, or python.org",
  linux: "Debian 12, Ubuntu 24.04 and later: sudo apt install python3-venv; " +
    "Ubuntu 22.04: sudo apt install python3.11-venv; " +
    "Fedora: sudo dnf install python3.13",
};

/** A program and what stands before its arguments, such as ["py", "-3.13"]. */
export type Command = [program: string, ...args: string[]];

/** What answers to a name, or why it will not do. */
export interface Answer {
  command: Command;
  /** Major and minor version, and whether a .venv can be made. */
  version: [number, number];
  hasVenv: boolean;
}

const QUESTION = `
import json, sys
try:
    import ensurepip, venv
    found = True
except ImportError:
    found = False
print(json.dumps({"version": sys.version_info[:2], "hasVenv": found}))
`;

/** Names to try: the user's own choice first, then all that are good. */
function names(): Command[] {
  const { oldest, newest } = PYTHONS;
  const numbers = Array.from(
    { length: newest - oldest + 1 },
    (_, i) => `3.${newest - i}`,
  );
  const usual: Command[] = [["python3"], ["python"]];
  return Deno.build.os === "windows"
    ? [
      ["py", "-3"],
      ...usual,
      ...numbers.map((number): Command => ["py", `-${number}`]),
    ]
    : [...usual, ...numbers.map((number): Command => [`python${number}`])];
}

async function ask(command: Command): Promise<Answer | undefined> {
  const [program, ...args] = command;
  try {
    const { stdout } = await capture(program, [...args, "-c", QUESTION]);
    return { command, ...JSON.parse(stdout) };
  } catch {
    return undefined; // not there, no Python 3, or the Windows store's stub
  }
}

/**
 * A Python that can make the .venv.
 *
 * @throws {Deno.errors.NotFound} that says what is there and what to install.
 */
export async function findPython(): Promise<Command> {
  const answers: Answer[] = [];
  for (const name of names()) {
    const answer = await ask(name);
    if (answer && isGood(answer)) return name;
    if (answer) answers.push(answer);
  }
  throw new Deno.errors.NotFound(noPython(answers, Deno.build.os));
}

function isGood({ version: [major, minor], hasVenv }: Answer): boolean {
  const { oldest, newest } = PYTHONS;
  return hasVenv && major === 3 && minor >= oldest && minor <= newest;
}

/** What to say when no Python will do. */
export function noPython(answers: Answer[], os: string): string {
  const { oldest, newest } = PYTHONS;
  const lacking = answers.find((answer) =>
    isGood({ ...answer, hasVenv: true })
  );
  const found = answers.map(({ command, version }) =>
    `"${command.join(" ")}" is ${version.join(".")}`
  ).join(", ");
  const state = lacking
    ? `"${lacking.command.join(" ")}" has no module venv`
    : found || "there is none";
  return `Cannot find a Python from 3.${oldest} to 3.${newest} with its module ` +
    `venv, which Jupyter needs: ${state}; install one (` +
    `${INSTALL[os] ?? INSTALL.linux}), then run this again`;
}

/** What a .venv was made from; it is written last, when all is installed. */
interface Made {
  /** SHA-256 of requirements.txt. */
  requirements: string;
  /** Where it was made, by its real path: programs in a .venv name it. */
  place: string;
  /** The version of its Python, such as "3.13"; smaller updates change nothing. */
  python: string;
}

const stampOf = (folder: string) => `${ROOT}${folder}.venv/made.json`;

async function hashOf(folder: string): Promise<string> {
  return sha256(await Deno.readFile(`${ROOT}${folder}requirements.txt`));
}

/** The version of the Python of a .venv, or "" where it does not run. */
async function versionOf(folder: string): Promise<string> {
  try {
    const { stdout } = await capture(venvPython(folder), [
      "-c",
      "import pip, sys; print('%d.%d' % sys.version_info[:2])",
    ]);
    return stdout.trim();
  } catch {
    return "";
  }
}

/**
 * Why the .venv of a folder ("" or "bench/") cannot be used as it is, or
 * undefined where it can.
 */
export async function venvFault(folder: string): Promise<string | undefined> {
  let made: Made;
  try {
    made = JSON.parse(await Deno.readTextFile(stampOf(folder)));
  } catch {
    const isOlder = await Deno.stat(`${ROOT}${folder}.venv/${OLD_STAMP}`)
      .then(() => true, () => false);
    return isOlder
      ? "an earlier version of the course made it"
      : `${folder}.venv is not there, or only half made`;
  }
  if (made.place !== await Deno.realPath(ROOT)) {
    return `this folder stood elsewhere before`;
  }
  if (made.requirements !== await hashOf(folder)) {
    return `${folder}requirements.txt has changed`;
  }
  if (made.python !== await versionOf(folder)) {
    return `the Python that ${folder}.venv was made with is gone or another one`;
  }
}

/**
 * Makes the .venv of a folder ("" or "bench/") with `what` in it, unless it is
 * there and still right.
 *
 * @throws {Error} that says in a sentence what is in the way.
 */
export async function makeVenv(folder: string, what: string) {
  const fault = await venvFault(folder);
  if (!fault) return;
  const venv = `${folder}.venv`;
  const [program, ...args] = await findPython();
  const isNew = await removeOurs(`${ROOT}${venv}`);
  const reason = isNew ? "" : ` anew, since ${fault}`;
  console.log(`Making ${venv} with ${what}${reason} …`);
  await Deno.mkdir(`${ROOT}${venv}`);
  await Deno.writeTextFile(`${ROOT}${venv}/${MARK}`, "");
  const stopped = `\nStopped. The same command makes ${venv} anew.`;
  await run(program, [...args, "-m", "venv", venv], { stopped });
  const pip = ["-m", "pip", "install", "--disable-pip-version-check"];
  const quiet = ["--quiet", "--no-warn-script-location"];
  await run(venvPython(folder), [
    ...pip,
    ...quiet,
    // What is locked for all systems is installed as it is locked, not built.
    ...folder === "" ? ["--require-hashes", "--only-binary", ":all:"] : [],
    "-r",
    `${folder}requirements.txt`,
  ], {
    stopped,
    explain: explainDownload,
    // Whatever the user's own settings of pip say.
    env: { PIP_USER: "0" },
  });
  const made: Made = {
    requirements: await hashOf(folder),
    place: await Deno.realPath(ROOT),
    python: await versionOf(folder),
  };
  await Deno.writeTextFile(stampOf(folder), JSON.stringify(made));
}

/** A file by which a .venv of the course is known, also one half made. */
const MARK = "made-by-the-course";
/** What stood in those of earlier versions of the course. */
const OLD_STAMP = "ready";

/**
 * Removes a .venv that the course made; true where there was none. It is put
 * aside first, in one step, so that no half of it is left under its name.
 *
 * @throws {Deno.errors.AlreadyExists} when it is somebody's own.
 * @throws {Error} when a program uses it.
 */
async function removeOurs(venv: string): Promise<boolean> {
  let entries: string[];
  try {
    entries = [...Deno.readDirSync(venv)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
  const isOurs = [MARK, OLD_STAMP].some((name) => entries.includes(name));
  if (entries.length > 0 && !isOurs) {
    throw new Deno.errors.AlreadyExists(
      `Cannot make "${venv}": there is one that the course did not make; ` +
        `rename it, or delete it if you do not need it`,
    );
  }
  const aside = `${venv}-old`;
  const removeAside = () =>
    Deno.remove(aside, { recursive: true }).catch(() => {});
  await removeAside(); // what could not be removed the last time
  try {
    await patiently(() => Deno.rename(venv, aside));
  } catch (cause) {
    throw new Error(
      `Cannot make "${venv}" anew: a program uses it ` +
        `(${
          (cause as Error).message
        }); close JupyterLab and VS Code, and run ` +
        `this again`,
      { cause },
    );
  }
  await removeAside();
  return entries.length === 0;
}
