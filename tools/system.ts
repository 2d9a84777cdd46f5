/** Where the project is, how its tasks start programs, and which Deno it needs. */

import { homedir } from "node:os";
import { fileURLToPath } from "node:url";

/** The project's folder, as a path that ends with a separator. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

const isWindows = Deno.build.os === "windows";

/** The oldest Deno whose kernel shows what a cell shows. */
const OLDEST_DENO = [2, 9, 0];

/** The Python of a folder's .venv: "" is the project's, "bench/" the bench's. */
export function venvPython(folder = ""): string {
  const program = isWindows ? "Scripts/python.exe" : "bin/python";
  return `${ROOT}${folder}.venv/${program}`;
}

/** The folder in which Jupyter looks for the kernels of this user. */
export function userJupyter(): string {
  const { XDG_DATA_HOME, JUPYTER_DATA_DIR, APPDATA } = Deno.env.toObject();
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  const home = homedir();
  if (isWindows) return `${APPDATA ?? `${home}/AppData/Roaming`}/jupyter`;
  if (Deno.build.os === "darwin") return `${home}/Library/Jupyter`;
  return `${XDG_DATA_HOME || `${home}/.local/share`}/jupyter`;
}

/**
 * Refuses a Deno that cannot run the course, before anything is fetched or made.
 *
 * @throws {Error} that says which Deno to take.
 */
export function checkDeno(
  version = Deno.version.deno,
  { os, arch }: { os: string; arch: string } = Deno.build,
) {
  if (os === "windows" && arch === "aarch64") {
    throw new Error(
      "Cannot use Deno for ARM64 on Windows: nodejs-polars has no package for " +
        "it; install Deno and Python for x64 instead, which Windows runs too",
    );
  }
  const numbers = version.split(/[.+-]/).map(Number);
  const differs = OLDEST_DENO.findIndex((number, i) => number !== numbers[i]);
  if (differs < 0 || numbers[differs] > OLDEST_DENO[differs]) return;
  throw new Error(
    `Cannot use Deno ${version}: the course needs ${OLDEST_DENO.join(".")} ` +
      `or later; run "deno upgrade", or put "npx -y deno@2.9.6" in place of ` +
      `"deno" in your command`,
  );
}

/** What a program that {@linkcode run} runs may be given. */
export interface RunOptions {
  env?: Record<string, string>;
  /** Where it starts; the project's folder. */
  cwd?: string;
  /** Printed when Ctrl-C has ended it. */
  stopped?: string;
  /** Turns what it wrote to standard error into a sentence for the user. */
  explain?: (problem: string) => string | undefined;
}

/** Runs a program to its end and returns its exit code and all that it wrote. */
export async function capture(
  program: string,
  args: string[],
  options: Omit<Deno.CommandOptions, "args" | "stdout" | "stderr"> = {},
) {
  const output = await new Deno.Command(program, { args, ...options }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const [stdout, stderr] = [decode(output.stdout), decode(output.stderr)];
  return { code: output.code, success: output.success, stdout, stderr };
}

/**
 * Runs a program and returns what it wrote to standard output.
 *
 * @throws {Error} with the program's last words when it ends with an error.
 */
export async function outputOf(
  program: string,
  args: string[],
  options: Parameters<typeof capture>[2] = {},
): Promise<string> {
  const { success, stdout, stderr } = await capture(program, args, options);
  if (success) return stdout;
  const words = `${stdout}\n${stderr}`.trim().split("\n").slice(-15).join("\n");
  throw new Error(`Cannot run "${program} ${args.join(" ")}":\n${words}`);
}

/** What ends a task, where the system has it. */
const STOPPING: Deno.Signal[] = isWindows ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
/** A program that has not ended by itself by then gets the signal, too. */
const ENDS_WITHIN_MS = 2_000;

/**
 * Runs a program; its output is shown.
 *
 * @throws {Error} when it ends with an error.
 */
export async function run(
  program: string,
  args: string[],
  { env = {}, cwd = ROOT, stopped, explain }: RunOptions = {},
) {
  let signal: Deno.Signal | undefined;
  let handingOn: ReturnType<typeof setTimeout> | undefined;
  let isHandedOn = false;
  const kill = (given: Deno.Signal) => {
    isHandedOn = true;
    try {
      child.kill(given);
    } catch {
      // It has ended, but what it started may still hold its standard error.
    }
  };
  const leave = () => {
    if (stopped) console.error(stopped);
    Deno.exit(signal === "SIGTERM" ? 143 : 130);
  };
  const stop = (given: Deno.Signal) => {
    signal = given;
    // A terminal gives Ctrl-C to the program too: it ends in its way.
    if (isWindows || given === "SIGINT" && Deno.stdin.isTerminal()) return;
    // Whoever sends a second signal after that has waited long enough.
    if (isHandedOn) {
      kill("SIGKILL");
      leave();
    }
    // Others may have sent it to this task alone, or to the program too.
    handingOn ??= setTimeout(() => kill(given), ENDS_WITHIN_MS);
  };
  const listeners = STOPPING.map((name) => [name, () => stop(name)] as const);
  for (const each of listeners) Deno.addSignalListener(...each);
  const child = new Deno.Command(program, {
    args,
    env,
    cwd,
    stderr: explain ? "piped" : "inherit",
  }).spawn();
  const problem = explain ? await showing(child.stderr) : "";
  const { code } = await child.status;
  clearTimeout(handingOn);
  for (const each of listeners) Deno.removeSignalListener(...each);
  if (signal || code === 130) leave();
  if (code === 0) return;
  const reason = explain?.(problem) ?? `it ended with ${code}`;
  throw new Error(`Cannot run "${program} ${args.join(" ")}": ${reason}`);
}

/** Copies a stream to standard error, and returns its text. */
async function showing(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const decoder = new TextDecoder();
  let said = "";
  for await (const bytes of stream) {
    await Deno.stderr.write(bytes);
    said += decoder.decode(bytes, { stream: true });
  }
  return said;
}
