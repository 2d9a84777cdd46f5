/** A shell that has something of its own, by Linux's namespaces. */

import { capture, ROOT } from "../../tools/system.ts";

/** What it says and how it ends; `own` is what nobody else shares with it. */
export async function alone(
  own: "mount" | "net",
  script: string,
  { cwd = ROOT, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
) {
  const { code, stdout, stderr } = await capture("unshare", [
    "--map-root-user",
    `--${own}`,
    "sh",
    "-ec",
    script,
  ], { cwd, env: { NO_COLOR: "1", ...env } });
  return { code, output: stdout + stderr };
}

/** Whether this machine has such shells, in which the script runs well. */
export function isPossible(own: "mount" | "net", script: string) {
  return alone(own, script).then(({ code }) => code === 0, () => false);
}
