/** Makes what the course needs beside Deno: packages, Jupyter, the kernel. */

import { fileURLToPath } from "node:url";
import { sha256 } from "../lib/files.ts";

/** The project's folder, as a path that ends with a separator. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const isWindows = Deno.build.os === "windows";
/** Programs of the project's own Jupyter. */
export const BIN = `${ROOT}.venv/${isWindows ? "Scripts" : "bin"}`;

/**
 * Flags of V8 with which the backend is about twice as fast: 256-bit vectors,
 * which V8 makes only where WebAssembly's memory accesses are not checked. As in
 * any native library, a wrong address then is not caught. So the tests run the
 * same kernels with the checks too, where it is.
 */
export const FAST = {
  DENO_V8_FLAGS: "--no-wasm-bounds-checks,--experimental-wasm-revectorize",
};

/** What the kernel `deno` is; it is started by this very Deno. */
export function kernelSpec({ plain = false } = {}) {
  return {
    argv: [
      Deno.execPath(),
      "jupyter",
      "--kernel",
      "--conn",
      "{connection_file}",
    ],
    display_name: "Deno",
    language: "typescript",
    env: plain ? {} : FAST,
  };
}

/** Runs a program; its output is shown. */
export async function run(
  program: string,
  args: string[],
  env: Record<string, string> = {},
) {
  // Ctrl-C goes to the program too: it ends in its way, and we after it.
  let isInterrupted = false;
  const interrupt = () => void (isInterrupted = true);
  Deno.addSignalListener("SIGINT", interrupt);
  const { code } = await new Deno.Command(program, { args, env, cwd: ROOT })
    .spawn().status;
  Deno.removeSignalListener("SIGINT", interrupt);
  if (isInterrupted) Deno.exit(130);
  if (code !== 0) {
    throw new Error(`Cannot go on: "${program} ${args[0]}" ended with ${code}`);
  }
}

/**
 * Idempotent: what is there and whole is kept. `offline` fetches nothing.
 *
 * @throws {Error} that says what is missing.
 */
export async function setUp({ offline = false } = {}) {
  const install = ["install", "--frozen", "--quiet"];
  if (offline) await checkOffline(install);
  else {
    await run(Deno.execPath(), install);
    await makeVenv("", "Jupyter (about a minute)");
  }
  await writeKernel(`${ROOT}.venv/share/jupyter`);
  await checkKernel();
}

/** Asks once a version of Deno whether its kernel is right, and says if not. */
async function checkKernel() {
  const stamp = `${ROOT}.venv/kernel-${Deno.version.deno}`;
  if (await readOrNothing(stamp)) return;
  const found = await countOutputs(60, 'import "../lib/notebook.ts"; void 0');
  if (found === "lost 0, misplaced 0") {
    await Deno.writeTextFile(stamp, found);
  } else console.warn(kernelFault(found));
}

/** What is said of a Deno whose kernel is not right. */
export function kernelFault(found: string): string {
  return `Deno ${Deno.version.deno}: its kernel loses outputs of cells that ` +
    `are run together, or puts them under other cells (${found}); ` +
    `lib/kernel.ts does not mend this version. Take the one in README.md.`;
}

/**
 * Runs so many cells at once in the kernel, after a first one, and counts
 * outputs: "lost 0, misplaced 0", or what else there is to say.
 */
export async function countOutputs(cells: number, firstCell: string) {
  const { stdout, stderr } = await new Deno.Command(`${BIN}/python`, {
    args: ["tools/outputs.py", "notebooks", String(cells), firstCell],
    cwd: ROOT,
    env: { JUPYTER_PREFER_ENV_PATH: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return decode(stdout) || decode(stderr);
}

/** Writes a kernel spec below a folder of Jupyter's. */
export async function writeKernel(folder: string, spec = kernelSpec()) {
  const kernel = `${folder}/kernels/deno`;
  await Deno.mkdir(kernel, { recursive: true });
  const json = JSON.stringify(spec, null, 2);
  await Deno.writeTextFile(`${kernel}/kernel.json`, json);
}

/**
 * Where the .venv of a folder ("" or "bench/") has its stamp, written last so
 * that one left half made does not pass for whole, and what it says when .venv
 * is what the requirements.txt beside it asks for.
 */
async function venvStamp(folder: string) {
  const path = `${ROOT}${folder}requirements.txt`;
  return {
    stamp: `${ROOT}${folder}.venv/ready`,
    hash: sha256(await Deno.readFile(path)),
  };
}

async function checkOffline(install: string[]) {
  const missing: string[] = [];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [...install, "--cached-only"],
    cwd: ROOT,
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) missing.push("packages of deno.lock");
  const { stamp, hash } = await venvStamp("");
  if (await readOrNothing(stamp) !== hash) {
    missing.push("Jupyter in .venv, as requirements.txt asks for it");
  }
  if (missing.length === 0) return;
  throw new Error(
    `Cannot run offline: missing are ${missing.join(" and ")}; ` +
      `run "deno task course" once with a network`,
  );
}

/** Makes the .venv of a folder ("" or "bench/") with `what` in it. */
export async function makeVenv(folder: string, what: string) {
  const { stamp, hash } = await venvStamp(folder);
  if (await readOrNothing(stamp) === hash) return;
  const venv = `${folder}.venv`;
  console.log(`Making ${venv} with ${what} …`);
  await Deno.remove(`${ROOT}${venv}`, { recursive: true }).catch(() => {});
  await run(await findPython(), ["-m", "venv", venv]);
  await run(`${ROOT}${venv}/${isWindows ? "Scripts" : "bin"}/python`, [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "-r",
    `${folder}requirements.txt`,
  ]);
  await Deno.writeTextFile(stamp, hash);
}

async function findPython(): Promise<string> {
  for (const name of ["python3", "python", "python3.13", "python3.11"]) {
    const check = "import sys, venv, ensurepip; " +
      "sys.exit(sys.version_info < (3, 10))";
    try {
      const { success } = await new Deno.Command(name, { args: ["-c", check] })
        .output();
      if (success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Deno.errors.NotFound(
    'Cannot find "python3": Python 3.10 or later with its venv module is ' +
      "needed for Jupyter; install it (Debian: apt install python3-venv)",
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

if (import.meta.main) await setUp();
