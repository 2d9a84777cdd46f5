/** Cells run in the course's kernel, as a front end does. */

import assert from "node:assert/strict";
import { capture, ROOT, venvPython } from "../../tools/system.ts";

/** Runs cells one after the other in a kernel; "stop" presses Stop at a line. */
const CLIENT = `
import json, sys, time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="deno-course", cwd="notebooks")
whole = sys.argv[2] == "true"
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
        parent = message["parent_header"]
        # Stop is answered too, and by chance under the number of a cell.
        if parent.get("msg_type") == "interrupt_request":
            continue
        assert parent["msg_id"] == request
        if message["msg_type"] == "stream":
            texts.append(content["text"])
            if content["text"] == "stop now\\n":
                manager.interrupt_kernel()
        if message["msg_type"] == "error":
            traceback = "\\n".join(["", *content["traceback"]])
            texts.append("error " + content["evalue"] + (traceback if whole else ""))
        if whole and content.get("data"):
            texts.append(json.dumps(content["data"]))
        idle = idle or content.get("execution_state") == "idle"
    shown.append(texts)
print(json.dumps(shown))
manager.shutdown_kernel(now=True)
`;

/**
 * What each cell shows, after one that imports lib/mod.ts: its texts, and the
 * message of its error. With `isWhole` also the error's traceback, and what is
 * shown of values, as JSON.
 */
export async function runCells(
  cells: string[],
  { isWhole = false } = {},
): Promise<string[][]> {
  const first = 'await import("../lib/mod.ts"); void 0';
  const given = [JSON.stringify([first, ...cells]), String(isWhole)];
  const found = await runClient(CLIENT, given);
  return found.slice(1);
}

/** What a client in Python, a front end of the kernel, prints as JSON. */
export async function runClient(
  program: string,
  given: string[] = [],
  env: Record<string, string> = {},
  // deno-lint-ignore no-explicit-any -- each client prints its own
): Promise<any> {
  const { stdout, stderr } = await capture(venvPython(), [
    "-c",
    program,
    ...given,
  ], { cwd: ROOT, env: { JUPYTER_PREFER_ENV_PATH: "1", ...env } });
  assert.ok(stdout.length > 0, stderr);
  return JSON.parse(stdout);
}
