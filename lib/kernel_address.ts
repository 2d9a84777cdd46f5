/** Where the kernel that runs this publishes: its connection file tells. */

import { windowsCommandLine } from "./kernel_windows.ts";

// Taken here, since a cell may give a meaning of its own to this name.
const { TextDecoder } = globalThis;

/** Where a kernel publishes. */
export interface Address {
  hostname: string;
  port: number;
}

/**
 * Where the kernel that runs this publishes.
 *
 * @throws {Error} where there is no kernel, or the system does not tell.
 */
export async function findAddress(): Promise<Address> {
  const { transport, ip, iopub_port } = JSON.parse(
    await Deno.readTextFile(await connectionFile()),
  );
  if (transport !== "tcp") {
    throw new Error(`Cannot listen to "${transport}": not tcp`);
  }
  return { hostname: ip, port: iopub_port };
}

/**
 * The file in which Jupyter has told this kernel its ports.
 *
 * @throws {Error} where there is no kernel, or the system does not tell.
 */
export async function connectionFile(): Promise<string> {
  return connectionFileIn(await commandLine());
}

/** How each system writes the line that started a process. */
const PATTERNS: Record<string, RegExp> = {
  // A zero between two words.
  linux: /\0--conn\0([^\0]+)/,
  // A word with a space in quotes, which no path there contains.
  windows: / "?--conn"? +"?((?<=")[^"]+|[^" ]+)/,
  // `ps` writes words as they are, so the path goes on to the end of the line,
  // where every kernel.json has it.
  darwin: / --conn (.+)$/,
};

async function commandLine(): Promise<string> {
  const { os } = Deno.build;
  if (os === "windows") return windowsCommandLine();
  if (os === "linux") return await Deno.readTextFile("/proc/self/cmdline");
  const args = ["-ww", "-o", "args=", "-p", String(Deno.pid)];
  // Without a language that has them `ps` writes other letters as codes.
  const env = { LC_ALL: "en_US.UTF-8" };
  const { stdout } = await new Deno.Command("ps", { args, env }).output();
  return new TextDecoder().decode(stdout).trimEnd();
}

/**
 * The connection file in the line that started a kernel, as `os` writes it.
 *
 * @throws {Error} when there is none.
 */
export function connectionFileIn(
  line: string,
  { os = Deno.build.os as string } = {},
): string {
  const [, path] = line.match(PATTERNS[os] ?? PATTERNS.darwin) ?? [];
  if (path) return path;
  throw new Error(
    `Cannot find "--conn" in "${line}": no Jupyter has started it`,
  );
}
