"""Presses Stop in a training cell, and looks whether the kernel still knows what it learned.

stop.py FOLDER: prints "stopped after N s, then: OUTPUT OF THE NEXT CELL".
"""

import sys
import time

from jupyter_client import KernelManager

SETUP = """
import { addNoise, buildAutoencoder, fit, loadMnist, Random, stopSignal } from "../lib/mod.ts";
import { useBackend } from "../lib/backend/mod.ts";
await useBackend("wasm-threads");
const { train } = await loadMnist({ train: 6000, test: 1 });
const noisy = addNoise(train.images, { random: new Random(1) });
const model = buildAutoencoder();
let steps = 0;
"""
TRAIN = """
await fit(model, noisy, train.images, {
  epochs: 1000,
  signal: stopSignal(),
  onBatch: () => void steps++,
});
"""

manager = KernelManager(kernel_name="deno")
manager.start_kernel(cwd=sys.argv[1])
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)


def run(code):
    text = []
    reply = client.execute_interactive(
        code,
        timeout=60,
        output_hook=lambda message: text.append(message["content"].get("text", "")),
    )
    return reply["content"]["status"], "".join(text).strip()


assert run(SETUP)[0] == "ok"
client.execute(TRAIN)
time.sleep(4)
manager.interrupt_kernel()
pressed = time.time()
while True:
    reply = client.get_shell_msg(timeout=60)
    if reply["msg_type"] == "execute_reply":
        break
seconds = time.time() - pressed
status, text = run('console.log(steps > 3 ? "trained" : steps, model.countParams())')
print(f"stopped {'in time' if seconds < 1.5 else seconds}, then: {text}")
client.stop_channels()
manager.shutdown_kernel(now=True)
