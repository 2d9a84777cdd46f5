/** A kernel does not outlive the Jupyter that started it. */

import assert from "node:assert/strict";
import { capture, ROOT, venvPython } from "../../tools/system.ts";

const JUPYTER = `
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="deno-course", cwd="notebooks")
client.execute_interactive('await import("../lib/mod.ts"); console.log(Deno.pid); await new Promise((resolve) => setTimeout(resolve, 1000)); while (true);')
`;

/** Where nobody reaps what has ended, it stays as a zombie. */
const IS_THERE = `
import psutil, sys
pid = int(sys.argv[1])
print(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
`;

/** Seconds within which it should end: it looks every two. */
const SOON = 10;

Deno.test("a kernel ends when its Jupyter was killed, and a cell runs", async () => {
  const jupyter = new Deno.Command(venvPython(), {
    args: ["-u", "-c", JUPYTER],
    cwd: ROOT,
    env: { JUPYTER_PREFER_ENV_PATH: "1" },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let said = "";
  for await (
    const text of jupyter.stdout.pipeThrough(new TextDecoderStream())
  ) {
    said += text;
    if (said.endsWith("\n")) break;
  }
  const kernel = Number(said);
  assert.ok(kernel > 0, said);
  const isThere = async () => {
    const args = ["-c", IS_THERE, `${kernel}`];
    const { stdout } = await capture(venvPython(), args);
    return stdout.trim() === "True";
  };
  assert.ok(await isThere());
  jupyter.kill("SIGKILL");
  await jupyter.status;
  for (let s = 0; s < SOON && await isThere(); s++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  const stays = await isThere();
  if (stays) Deno.kill(kernel, "SIGKILL");
  assert.ok(!stays, `the kernel lives on after ${SOON} s`);
});
