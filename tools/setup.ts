/** Makes what the course needs beside Deno: packages, Jupyter, the kernel. */

import { explainDownload } from "./download.ts";
import { writeKernel } from "./kernel_spec.ts";
import { noteLock } from "./lock.ts";
import { makeVenv, venvFault } from "./python.ts";
import { capture, ROOT, run, venvPython } from "./system.ts";
import { runTask } from "./task.ts";

const INSTALL = ["install", "--frozen", "--quiet"];

/**
 * Idempotent: what is there and whole is kept, and what no longer fits this
 * folder, this Python or this Deno is made anew. `offline` fetches nothing.
 *
 * @throws {Error} that says what is missing.
 */
export async function setUp({ offline = false } = {}) {
  await checkWritable();
  if (offline) await checkOffline();
  else {
    await removeMovedPackages();
    await run(Deno.execPath(), INSTALL, { explain: explainDownload });
    await makeVenv("", "Jupyter (about a minute)");
  }
  await writeKernel(`${ROOT}.venv/share/jupyter`);
  await writeConfig();
  await noteLock();
  await checkKernel();
}

/** What tools/jupyter_config.py sets, set for every program of .venv. */
async function writeConfig() {
  const folder = `${ROOT}.venv/etc/jupyter`;
  await Deno.mkdir(folder, { recursive: true });
  const name = "jupyter_config.py";
  await Deno.copyFile(`${ROOT}tools/${name}`, `${folder}/${name}`);
}

/** Says at once where the course stands in a folder that cannot be written. */
async function checkWritable() {
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: ROOT, prefix: ".try-" }));
  } catch (error) {
    throw new Error(
      `Cannot set up the course in "${ROOT}": nothing can be written there ` +
        `(${(error as Error).message}); copy the course to a folder of yours`,
      { cause: error },
    );
  }
}

/** On Windows links between packages name the folder in which they were made. */
async function removeMovedPackages() {
  if (Deno.build.os !== "windows") return;
  const place = `${ROOT}node_modules/.place`;
  const before = await readOrNothing(place);
  const here = await Deno.realPath(ROOT);
  if (before === here) return;
  if (before) {
    console.log("The folder stood elsewhere before: fetching packages anew …");
    await Deno.remove(`${ROOT}node_modules`, { recursive: true });
  }
  await Deno.mkdir(`${ROOT}node_modules`, { recursive: true });
  await Deno.writeTextFile(place, here);
}

/** Asks once a version of Deno whether its kernel is right, and says if not. */
async function checkKernel() {
  const stamp = `${ROOT}.venv/kernel-${Deno.version.deno}`;
  if (await readOrNothing(stamp)) return;
  const found = await countOutputs(60);
  if (found === "lost 0, misplaced 0") {
    await Deno.writeTextFile(stamp, found);
  } else if (/^lost \d+, misplaced/.test(found)) {
    console.warn(kernelFault(found));
  } else {
    throw new Error(`Cannot start the course's kernel:\n${found}`);
  }
}

/** The warning about a Deno whose kernel is not right. */
export function kernelFault(found: string): string {
  return `Deno ${Deno.version.deno}: its kernel loses outputs of cells that ` +
    `are run together, or puts them under other cells (${found}); ` +
    `lib/kernel/ does not know this version. Use the one in README.md.`;
}

/**
 * Runs so many cells at once in the kernel and counts outputs: "lost 0, misplaced
 * 0", or what else there is to say. With a `program`, in the kernel of that Deno,
 * as it is.
 */
export async function countOutputs(cells: number, program?: string) {
  const { stdout, stderr } = await capture(venvPython(), [
    ...["tools/outputs.py", "notebooks", String(cells)],
    ...program ? [program] : [],
  ], { cwd: ROOT, env: { JUPYTER_PREFER_ENV_PATH: "1" } });
  return stdout.trim() || stderr.trim();
}

async function checkOffline() {
  const missing: string[] = [];
  const { success } = await capture(Deno.execPath(), [
    ...INSTALL,
    "--cached-only",
  ], { cwd: ROOT });
  if (!success) missing.push("packages of deno.lock");
  const fault = await venvFault("");
  if (fault) missing.push(`Jupyter in .venv, as it is asked for (${fault})`);
  if (missing.length === 0) return;
  throw new Error(
    `Cannot run offline: missing are ${missing.join(" and ")}; ` +
      `run "deno task course" once with a network`,
  );
}

async function readOrNothing(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

if (import.meta.main) await runTask(() => setUp());
