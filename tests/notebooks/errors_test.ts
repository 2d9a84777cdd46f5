/** What a cell with a mistake shows, and what Stop ends. */

import assert from "node:assert/strict";
import { ROOT, venvPython } from "../../tools/system.ts";

/** Runs cells one after the other in a kernel; "stop" presses Stop at a line. */
const CLIENT = `
import json, sys, time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="deno-course", cwd="notebooks")
shown = []
for cell in json.loads(sys.argv[1]):
    request = client.execute(cell)
    texts, idle = [], False
    while True:
        try:
            # After the end a while for what comes late.
            message = client.get_iopub_msg(timeout=0.5 if idle else 60)
        except Exception:
            break
        content = message["content"]
        assert message["parent_header"]["msg_id"] == request
        if message["msg_type"] == "stream":
            texts.append(content["text"])
            if content["text"] == "stop now\\n":
                manager.interrupt_kernel()
        if message["msg_type"] == "error":
            texts.append("error " + content["evalue"])
        idle = idle or content.get("execution_state") == "idle"
    shown.append(texts)
print(json.dumps(shown))
manager.shutdown_kernel(now=True)
`;

async function runCells(cells: string[]): Promise<string[][]> {
  const { stdout, stderr } = await new Deno.Command(venvPython(), {
    args: [
      "-c",
      CLIENT,
      JSON.stringify([
        'await import("../lib/mod.ts"); void 0',
        ...cells,
      ]),
    ],
    cwd: ROOT,
    env: { JUPYTER_PREFER_ENV_PATH: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(stdout.length > 0, decode(stderr));
  return JSON.parse(decode(stdout)).slice(1);
}

Deno.test("a cell that throws shows what it printed, and then the error", async () => {
  const throwing = [
    'throw new TypeError("E")',
    'throw "E"',
    "throw undefined",
    'await Promise.reject(new Error("E"))',
    "missing.length",
    "class Own extends Error {} throw new Own()",
  ];
  const found = await runCells(
    throwing.map((end) =>
      `for (let k = 0; k < 50; k++) console.log(k);\n${end}`
    ),
  );
  for (const texts of found) {
    assert.deepEqual(
      texts.slice(0, -1).join(""),
      Array.from({ length: 50 }, (_, k) => `${k}\n`).join(""),
    );
    assert.match(texts.at(-1)!, /^error /);
  }
});

Deno.test("a cell that cannot be read says so", async () => {
  const unreadable = ["let y = (1 + ;", "import os", 'const s = "abc'];
  const found = await runCells(unreadable);
  found.forEach((texts, i) => {
    // The first cell imports.
    assert.match(texts.join(), new RegExp(`could not run cell \\[${i + 2}\\]`));
  });
});

Deno.test("of a cell that runs, however odd, nothing of the kind is said", async () => {
  const shown = ["execution_state: 'idle'", "execution_count: 1_000"].map((
    what,
  ) =>
    `Deno.jupyter.display({ "application/json": { ${what} } }, { raw: true });
     // ,"execution_count":9} {"execution_state":"idle"}`
  );
  const odd = [...shown, "", "// nothing", "throw Object.create(null)", "2;"];
  const found = await runCells([...odd, "let y = (1 + ;"]);
  assert.match(found.pop()!.join(), /could not run cell \[8\]/);
  for (const texts of found) assert.ok(!texts.join().includes("could not run"));
});

Deno.test("an error that nobody awaits is shown", async () => {
  const found = await runCells([
    'setTimeout(() => { throw new Error("E1") }, 10); 1',
    '(async () => { throw new Error("E2") })(); 2',
    'const late = Promise.reject(new Error("E3")); late.catch(() => {}); 3',
  ]);
  assert.match(found[0].join(), /^Uncaught Error: E1/);
  assert.match(found[1].join(), /^Uncaught \(in promise\) Error: E2/);
  assert.deepEqual(found[2], []);
});

Deno.test("Stop ends all that a cell waits for with stopSignal, and no later cell", async () => {
  const cell = `
    const { stopSignal } = await import("../lib/mod.ts");
    const until = (signal) => new Promise((resolve) => {
      if (signal.aborted) return resolve("stopped");
      signal.addEventListener("abort", () => resolve("stopped"));
      setTimeout(resolve, 2_000, "went on");
    });
    `;
  const twice = `
    console.log("stop now");
    console.log(await until(stopSignal()), await until(stopSignal()));`;
  const once = "console.log(await until(stopSignal()));";
  const thrown = `stopSignal(); console.log("stop now");
    await new Promise((resolve) => setTimeout(resolve, 500)); throw 1`;
  assert.deepEqual(await runCells([cell + twice, once, thrown, once]), [
    ["stop now\n", "stopped stopped\n"],
    ["went on\n"],
    ["stop now\n", "error 1"],
    ["went on\n"],
  ]);
});
