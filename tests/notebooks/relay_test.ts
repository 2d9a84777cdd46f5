/** What the relay before Deno's kernel adds: as a front end sees it. */

import assert from "node:assert/strict";
import { runClient } from "./cells.ts";

/** Texts without colours. */
const PLAIN = { NO_COLOR: "1" };

/**
 * Runs cells that are all asked for at once, as Run All does, and presses Stop a
 * second after "stop now" was printed. Prints of each cell how its request was
 * answered, what it showed, and when it ended.
 */
const CLIENT = `
import json, sys, time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="deno-course", cwd="notebooks")
cells = json.loads(sys.argv[1])
start = time.time()
requests = [client.execute(cell) for cell in cells]
found = [{"texts": [], "messages": 0, "end": None, "reply": None} for _ in cells]
press = None
while any(cell["end"] is None for cell in found) and time.time() - start < 40:
    if press and time.time() > press:
        manager.interrupt_kernel()
        press = None
        pressed = time.time()
    try:
        message = client.get_iopub_msg(timeout=0.1)
    except Exception:
        continue
    if message["parent_header"].get("msg_id") not in requests:
        continue
    cell = found[requests.index(message["parent_header"]["msg_id"])]
    content = message["content"]
    if message["msg_type"] == "stream":
        cell["messages"] += 1
        cell["texts"].append(content["text"])
        if content["text"] == "stop now\\n":
            press = time.time() + 1
        if "Stop cannot end" in content["text"]:
            cell["told"] = time.time() - pressed
            break
    if message["msg_type"] == "error":
        cell["texts"].append("error " + content["evalue"])
    if content.get("data"):
        cell["texts"].append(content["data"]["text/plain"])
    if content.get("execution_state") == "idle":
        cell["end"] = time.time() - start
while True:
    try:
        reply = client.get_shell_msg(timeout=0.5)
    except Exception:
        break
    if reply["parent_header"]["msg_id"] in requests:
        found[requests.index(reply["parent_header"]["msg_id"])]["reply"] = reply["content"]["status"]
print(json.dumps(found))
manager.shutdown_kernel(now=True)
`;

interface Found {
  texts: string[];
  messages: number;
  end: number | null;
  reply: string | null;
  /** Seconds after Stop until it was said that nothing can be stopped. */
  told?: number;
}

function runAll(cells: string[]): Promise<Found[]> {
  return runClient(CLIENT, [JSON.stringify(cells)], PLAIN);
}

const seconds = (s: number) =>
  `await new Promise((resolve) => setTimeout(resolve, ${1_000 * s}));`;

Deno.test("after an error the cells that wait are not run, and said to be aborted", async () => {
  for (const bad of ['throw new Error("E")', "const a = ;"]) {
    const found = await runAll([
      ...["1; void 0", "globalThis.ran = 1; void 0", bad],
      ...["globalThis.ran = 2; void 0", seconds(60)],
    ]);
    assert.deepEqual(
      found.map(({ reply }) => reply),
      ["ok", "ok", "error", "aborted", "aborted"],
    );
    assert.ok(found[4].end! < 20);
  }
  // What is asked for afterwards is run.
  const [, late] = await runAll([`${seconds(0.1)} 1`, "2"]);
  assert.equal(late.reply, "ok");
});

Deno.test("Stop ends a loop that never waits, and its variables stay", async () => {
  const found = await runAll([
    'globalThis.kept = 7; console.log("stop now"); void 0',
    "for (;;) {}",
    "kept",
  ]);
  assert.deepEqual(found[1].texts, ["error stopped by you"]);
  assert.equal(found[2].reply, "aborted");
});

Deno.test("of a cell that cannot be stopped it is said within a second", async () => {
  const endless = [
    `console.log("stop now"); ${seconds(0.1)} for (;;) {}`,
    `console.log("stop now"); for (;;) { ${seconds(0.05)} }`,
    `console.log("stop now"); await new Promise(() => {})`,
  ];
  for (const cell of endless) {
    const [{ texts, told }] = await runAll([cell]);
    assert.match(
      texts.at(-1)!,
      /^Stop cannot end this cell.* restart the kern/s,
    );
    assert.ok(told! < 1.5, `${told} s`); // a half for a busy machine
  }
});

Deno.test("20,000 lines travel in few messages, in their order, and more are counted", async () => {
  const print = (lines: number) =>
    `for (let i = 0; i < ${lines}; i++) {
    console.log(i);
    if (i === 10) console.error("a warning");
  }
  "the end"`;
  const [all, more] = await runAll([print(19_999), print(20_100)]);
  const numbers = Array.from({ length: 19_999 }, (_, i) => `${i}\n`);
  const expected = [
    ...numbers.slice(0, 11),
    "a warning\n",
    ...numbers.slice(11),
  ];
  assert.equal(all.texts.slice(0, -1).join(""), expected.join(""));
  assert.match(all.texts.at(-1)!, /the end/);
  assert.ok(all.messages < 500, `${all.messages} messages`);
  assert.match(
    more.texts.join(""),
    /… 101 more lines are not shown; write them/,
  );
  assert.ok(!more.texts.join("").includes("20090"));
});

const INSPECT = `
import json, sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="deno-course", cwd="notebooks")
shown = []
for code in json.loads(sys.argv[1]):
    cursor = code.index("|")
    client.inspect(code.replace("|", ""), cursor)
    content = client.get_shell_msg(timeout=30)["content"]
    shown.append(content["data"].get("text/plain") if content["found"] else None)
print(json.dumps(shown))
manager.shutdown_kernel(now=True)
`;

Deno.test("Shift+Tab shows how a function of the course is called, and what it does", async () => {
  const shown = await runClient(INSPECT, [JSON.stringify([
    "const a = 1; addNoi|se(images)",
    'const s = "שלום 🙂"; await fit(model, noisy(1), | clean)',
    "nothing(|",
    "|",
    "psnr(first(images), |",
  ])], PLAIN);
  assert.match(
    shown[0],
    /^function addNoise\(images: Float32Array.*Adds noise to images/s,
  );
  assert.match(shown[1], /^async function fit\(model/);
  assert.deepEqual(shown.slice(2, 4), [null, null]);
  assert.match(shown[4], /^function psnr/);
});

Deno.test("a cell that throws after many lines shows them all", async () => {
  const [found] = await runAll([
    'for (let i = 0; i < 15_000; i++) console.log(i); throw new Error("E")',
  ]);
  assert.equal(found.texts.join("").split("\n").length, 15_001);
  assert.equal(found.texts.at(-1), "error E");
});
