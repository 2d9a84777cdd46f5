/** What must not bring the relay before Deno's kernel down, nor keep it waiting. */

import assert from "node:assert/strict";
import { runClient } from "./cells.ts";

/** Runs a client that has `manager` and `client`, and prints JSON by `tell`. */
async function run(body: string) {
  const program = `
import json, os, signal, sys, time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="deno-course", cwd="notebooks")
def tell(what):
    print(json.dumps(what))
def answer(request, timeout=15, by=None):
    end = time.time() + timeout
    while time.time() < end:
        try:
            reply = (by or client).get_shell_msg(timeout=0.2)
        except Exception:
            continue
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]["status"]
    return "no answer"
def texts(request, timeout=15):
    found, end = "", time.time() + timeout
    while time.time() < end:
        try:
            message = client.get_iopub_msg(timeout=0.2)
        except Exception:
            continue
        if message["parent_header"].get("msg_id") != request:
            continue
        found += message["content"].get("text", "")
        if message["content"].get("execution_state") == "idle":
            break
    return found
try:
${body.trim().split("\n").map((line) => `    ${line}`).join("\n")}
finally:
    manager.shutdown_kernel(now=True)
`;
  return await runClient(program, [], { NO_COLOR: "1" });
}

Deno.test("a front end that hangs up while its cell runs keeps nobody waiting", async () => {
  const status = await run(`
other = manager.client()
other.start_channels()
other.wait_for_ready(timeout=30)
other.execute("await new Promise((resolve) => setTimeout(resolve, 1000))")
other.execute("2")
time.sleep(0.3)
other.stop_channels()
tell(answer(client.execute("1 + 1")))`);
  assert.equal(status, "ok");
});

Deno.test("a kernel ends with its relay, whatever it does and has imported", async () => {
  const stays = await run(`
import psutil
client.execute("while (true);")
time.sleep(1)
relay = psutil.Process(manager.provisioner.pid)
kernels = relay.children()
assert len(kernels) == 1
relay.kill()
gone, alive = psutil.wait_procs(kernels, timeout=8)
tell(len(alive))`);
  assert.equal(stays, 0);
});

Deno.test("whatever a cell publishes, the next is answered", async () => {
  const answers = await run(`
cells = ['await Deno.jupyter.broadcast("stream", { name: "stdout" })',
  'await Deno.jupyter.broadcast("status", null)',
  'await Deno.jupyter.broadcast("error", {})',
  'await Deno.jupyter.broadcast("course_heard", null)']
tell([answer(client.execute(cell)) for cell in cells] + [answer(client.execute("1"))])`);
  assert.equal(answers.at(-1), "ok");
});

Deno.test("a message without our signature is not heard", async () => {
  const [forged, next] = await run(`
from jupyter_client.session import Session
right = client.session.key
client.session.key = b"another key"
request = client.execute("1")
stop = client.session.msg("shutdown_request", {"restart": False})
client.control_channel.send(stop)
client.session.key = right
forged = answer(request, timeout=2)
tell([forged, answer(client.execute("1"))])`);
  assert.deepEqual([forged, next], ["no answer", "ok"]);
});

Deno.test("Stop twice at once leaves a cell that waits to its end", async () => {
  for (const begins of ["", 'await import("../lib/mod.ts");']) {
    const [status, kept] = await run(`
request = client.execute('''${begins} globalThis.kept = 7;
  await new Promise((resolve) => setTimeout(resolve, 3000)); void 0''')
time.sleep(1.5)
for i in range(2):
    manager.interrupt_kernel()
tell([answer(request), answer(client.execute("if (kept !== 7) throw 1"))])`);
    assert.deepEqual([status, kept], ["ok", "ok"]);
  }
});

Deno.test("of one text of many lines the first are shown, and the rest are counted", async () => {
  const text = await run(`
tell(texts(client.execute('console.log(Array.from({ length: 30_000 }, (_, i) => "L" + i).join("\\\\n"))')))`);
  assert.ok(text.startsWith("L0\nL1\n"));
  assert.match(text, /\nL19999\n… 10,000 more lines are not shown/);
});

Deno.test("lines printed after a cell's end are not shown under another", async () => {
  const text = await run(`
client.execute('setTimeout(() => console.log("late\\n".repeat(20_500)), 300); void 0')
time.sleep(2)
tell(texts(client.execute('console.log("mine")')))`);
  assert.equal(text, "mine\n");
});

Deno.test("a silent request that throws aborts nothing", async () => {
  const statuses = await run(`
slow = client.execute("await new Promise((resolve) => setTimeout(resolve, 500)); void 0")
silent = client.execute('throw new Error("E")', silent=True)
last = client.execute("1")
found = {}
end = time.time() + 15
while len(found) < 3 and time.time() < end:
    try:
        reply = client.get_shell_msg(timeout=0.2)
    except Exception:
        continue
    found[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
tell([found.get(request) for request in (slow, silent, last)])`);
  assert.deepEqual(statuses, ["ok", "error", "ok"]);
});

Deno.test("a kernel that ends at once, as where its port was taken, is started anew", async () => {
  const relay = new URL("../../lib/kernel/relay/main.ts", import.meta.url).href;
  const file = await Deno.makeTempFile({ suffix: ".js" });
  await Deno.writeTextFile(
    file,
    `const { Command } = Deno;
     let kernels = 0;
     Deno.Command = class extends Command {
       constructor(program, options) {
         const ends = options.args[0] === "jupyter" && ++kernels < 3;
         const args = ends ? ["eval", "Deno.exit(1)"] : options.args;
         super(program, { ...options, args });
       }
     };
     await import("${relay}");`,
  );
  const program = `
import json, sys
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec
manager = KernelManager()
manager._kernel_spec = KernelSpec(
    argv=[sys.argv[1], "run", "-A", "--no-config", sys.argv[2], "{connection_file}"],
    interrupt_mode="message")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
client.execute("1 + 1")
print(json.dumps(client.get_shell_msg(timeout=60)["content"]["status"]))
manager.shutdown_kernel(now=True)`;
  try {
    const status = await runClient(program, [Deno.execPath(), file]);
    assert.equal(status, "ok");
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("Stop leaves a cell that has waited to its end, and says so", async () => {
  const [status, said, next] = await run(`
cell = client.execute("""
for (let i = 0; i < 6; i++) {
  const end = performance.now() + 700;
  while (performance.now() < end);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
console.log("all six")""")
time.sleep(1.6)
manager.interrupt_kernel()
said = texts(cell, 30)
tell([answer(cell), said, answer(client.execute("1"))])`);
  assert.deepEqual([status, next], ["ok", "ok"]);
  assert.match(said, /^Stop cannot end this cell.*all six\n$/s);
});

Deno.test("what a stopped loop has printed does not stand under the next cell", async () => {
  const text = await run(`
cell = client.execute('for (let i = 0; ; i++) console.log("line", i)')
time.sleep(1)
manager.interrupt_kernel()
answer(cell, 100)
tell(texts(client.execute('console.log("mine")'), 100))`);
  assert.equal(text, "mine\n");
});

Deno.test("a value that computes for ever when it is looked at can be stopped", async () => {
  const status = await run(`
answer(client.execute("const o = { get x() { while (true); } }; void 0"))
client.complete("o.x.", 4)
time.sleep(2)
manager.interrupt_kernel()
tell(answer(client.execute("1 + 1")))`);
  assert.equal(status, "ok");
});

Deno.test("packages may replace what belongs to the language, and cells may not declare it", async () => {
  const told = await run(`
def evalue(code):
    request = client.execute(code)
    while True:
        reply = client.get_shell_msg(timeout=30)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"].get("evalue", "ok")
tell([evalue("globalThis.Promise = class extends Promise {}; void 0"),
  evalue("await Promise.resolve(1)"), evalue("class Symbol {}")])`);
  assert.deepEqual(told.slice(0, 2), ["ok", "ok"]);
  assert.match(told[2], /'Symbol' has already been declared/);
});

Deno.test("a loop behind a training that is over is said not to hear Stop", async () => {
  const said = await run(`
cell = client.execute("""
await Deno.jupyter.broadcast("course_listens", {});
await new Promise((resolve) => setTimeout(resolve, 300));
for (;;) {}""")
time.sleep(1)
manager.interrupt_kernel()
tell(texts(cell, 8))`);
  assert.match(said, /^Stop cannot end this cell/);
});
