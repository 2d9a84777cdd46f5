/** What a front end offers after a dot, and that asking for it leaves no trace. */

import assert from "node:assert/strict";
import { memberAt } from "../../lib/kernel/relay/completion.ts";
import { runClient } from "./cells.ts";

/** Asks for what comes after each of these texts; reports what else is heard, too. */
const CLIENT = `
import json, sys, time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="deno-course", cwd="notebooks")
client.execute_interactive("""
import pl from "nodejs-polars";
import * as course from "../lib/mod.ts";
const frame = pl.DataFrame({ digit: [0, 1] });
const rows = [{ digit: 0, label: "zero" }];
const word = "zero";
class Own { mine = 1; get odd() { throw new Error("odd") } }
const own = new Own();
""", output_hook=lambda message: None)
found = []
for code in json.loads(sys.argv[1]):
    client.complete(code, len(code))
    reply = client.get_shell_msg(timeout=60)["content"]
    found.append([reply["matches"], reply["cursor_start"], reply["cursor_end"]])
heard = []
def hear(message):
    heard.append(message["msg_type"] + " " + str(message["content"].get("execution_state", "")))
client.execute_interactive("await new Promise((end) => setTimeout(end, 300))", output_hook=hear)
print(json.dumps({"found": found, "heard": heard}))
manager.shutdown_kernel(now=True)
`;

Deno.test("what is in a table, a text, a list and a class is offered", async () => {
  const codes = ["frame.", "1; frame.sel", "rows[0].", "word.toU", "own."]
    .concat(["nosuch.", "own.odd.", "import.meta.", "course.tab"]);
  const { found, heard } = await runClient(CLIENT, [JSON.stringify(codes)]);
  const [frame, select, row, word, own, none, odd, meta, door] = found;
  for (const name of ["select", "filter", "height", "toRecords"]) {
    assert.ok(frame[0].includes(name), name);
  }
  assert.deepEqual(select, [["select"], 9, 12]);
  assert.deepEqual(row[0].slice(0, 2), ["digit", "label"]);
  assert.deepEqual(word[0], ["toUpperCase"]);
  assert.deepEqual(own[0].slice(0, 2), ["mine", "odd"]);
  assert.ok(!own[0].includes("constructor"));
  for (const nothing of [none, odd, meta]) assert.deepEqual(nothing[0], []);
  assert.deepEqual(door[0], ["table"]);
  // Of all these questions no cell shows anything.
  const shown = heard.filter((one: string) => !one.startsWith("status"));
  assert.deepEqual(shown, ["execute_input "]);
});

Deno.test("a value is named only where asking for it calls nothing", () => {
  const at = (code: string) => memberAt(code, [...code].length);
  assert.deepEqual(at("tf.layers.con"), {
    value: "tf.layers",
    beginning: "con",
  });
  assert.deepEqual(at('const a = "😀"; rows[0].'), {
    value: "rows[0]",
    beginning: "",
  });
  for (const code of ["f().", "f().a.", "rows[i].", "1.", "a", '"a".', ""]) {
    assert.equal(at(code), undefined, code);
  }
});
