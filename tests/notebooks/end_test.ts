/** Another program that starts the lab, with no terminal, can end all of it. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { capture, ROOT } from "../../tools/system.ts";
import { runClient } from "./cells.ts";
import { HAS_TERMINAL } from "./lab.ts";

/**
 * Starts the lab as the leader of a group of processes, and a kernel; gives a
 * signal to it, or to its group; and says what then still runs, by its command.
 */
const CLIENT = `
import json, os, pathlib, psutil, signal, subprocess, sys, tempfile, time, urllib.request
deno, whom, name = sys.argv[1:]
home = tempfile.TemporaryDirectory()
os.environ |= {"JUPYTER_RUNTIME_DIR": home.name, "JUPYTERLAB_WORKSPACES_DIR": home.name}
task = subprocess.Popen(
    [deno, "task", "lab", "--no-browser"],
    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    start_new_session=True,
)
def find(ask, seconds=180):
    end = time.time() + seconds
    while time.time() < end and task.poll() is None:
        try:
            if found := ask(): return found
        except (OSError, ValueError, psutil.Error):
            pass
        time.sleep(0.2)
    raise Exception("Cannot start the lab, or its kernel")
def start():
    [file] = pathlib.Path(home.name).glob("jpserver-*.json")
    told = json.loads(file.read_text())
    address = told["url"] + "api/kernels?token=" + told["token"]
    return urllib.request.urlopen(address, b'{"name": "deno-course"}').read()
find(start)
def processes():
    mine = psutil.Process(task.pid)
    all = {p: " ".join(p.cmdline()) for p in [mine, *mine.children(recursive=True)]}
    return any("--kernel" in command for command in all.values()) and all
before = find(processes)
(os.killpg if whom == "group" else os.kill)(task.pid, getattr(signal, name))
def runs(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE # which nobody may reap
    except psutil.NoSuchProcess:
        return False
end = time.time() + 20
while (left := [p for p in before if task.poll() is None or runs(p)]) and time.time() < end:
    time.sleep(0.2)
for process in left: process.kill()
print(json.dumps({"started": len(before), "left": [before[process] for process in left]}))
`;

for (const whom of ["the task", "group"]) {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    Deno.test(`${signal} to ${whom} ends the lab and its kernels`, {
      ignore: !HAS_TERMINAL,
    }, async () => {
      const given = [Deno.execPath(), whom, signal];
      const { started, left } = await runClient(CLIENT, given);
      // Two of Deno's task, Jupyter, the relay and Deno's kernel.
      assert.ok(started >= 5, `${started} processes`);
      assert.deepEqual(left, []);
    });
  }
}

/** How a task ends that runs these commands in a shell, and what it says. */
async function runTask(commands: string) {
  const { href } = pathToFileURL(`${ROOT}tools/system.ts`);
  const program = `import { run } from "${href}";
    await run("sh", ["-c", Deno.args[0]], { explain: () => undefined });`;
  const { code, stderr } = await capture(Deno.execPath(), [
    "eval",
    program,
    commands,
  ]);
  return { code, said: stderr };
}

Deno.test("a task is ended whose program is gone, but not what that started", {
  ignore: !HAS_TERMINAL,
}, async () => {
  // The task waits, since what still sleeps has the program's standard error.
  const ended = await runTask("kill -TERM $PPID; sleep 5 &");
  assert.deepEqual(ended, { code: 143, said: "" });
});

Deno.test("a second signal ends a task whose program does not heed the first", {
  ignore: !HAS_TERMINAL,
}, async () => {
  const ended = await runTask(
    "trap '' TERM; kill -TERM $PPID; sleep 5; kill -TERM $PPID; sleep 5; " +
      "echo It still runs >&2",
  );
  assert.deepEqual(ended, { code: 143, said: "" });
});
