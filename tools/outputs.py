"""Queues cells on a kernel at once, as Run All does, and counts where outputs end.

outputs.py FOLDER COUNT [DENO]: prints "lost N, misplaced N" of COUNT cells in the course's
kernel, or in that of a Deno as it is.
"""

import re
import sys

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_core.utils import ensure_event_loop

from files import print_all_letters

print_all_letters()
ensure_event_loop(prefer_selector_loop=True)  # as in notebooks.py
folder, count, deno = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
manager = KernelManager(kernel_name="deno-course")
if deno:
    manager._kernel_spec = KernelSpec(argv=[*deno, "jupyter", "--kernel", "--conn", "{connection_file}"])
manager.start_kernel(cwd=folder)
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)

KINDS = [
    'for (let k = 0; k < 5; k++) console.log("C{0}."); "C{0}."',
    '"C{0}."',
    'await new Promise((resolve) => setTimeout(resolve, 3)); Deno.jupyter.html`C{0}.`',
    'for (let k = 0; k < 5; k++) console.log("C{0}."); throw new Error("C{0}.")',
]
EXPECTED = [6, 1, 1, 6]
cells = {client.execute(KINDS[i % len(KINDS)].format(i), stop_on_error=False): i for i in range(count)}
here = [0] * count
misplaced = idle = 0
while True:
    try:
        # After the last cell, a second for those that come late.
        message = client.get_iopub_msg(timeout=60 if idle < count else 1)
    except Exception:
        break
    cell = cells.get(message["parent_header"].get("msg_id"))
    if cell is None:
        continue
    content = message["content"]
    if message["msg_type"] == "status":
        idle += content["execution_state"] == "idle"
    if message["msg_type"] in ("stream", "execute_result", "display_data", "error"):
        data = content.get("data", {})
        text = content.get("text") or content.get("evalue") or data.get("text/html") or data["text/plain"]
        for owner in re.findall(r"C(\d+)\.", text):
            if int(owner) == cell:
                here[cell] += 1
            else:
                misplaced += 1
lost = sum(here[i] < EXPECTED[i % len(EXPECTED)] for i in range(count))
print(f"lost {lost}, misplaced {misplaced}")
client.stop_channels()
manager.shutdown_kernel(now=True)
