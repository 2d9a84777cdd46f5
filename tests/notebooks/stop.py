"""Presses Stop in notebook 4's training cell, as front ends do, and lets it go on.

stop.py: prints JSON: how many seconds each cell ran on after Stop, at which steps it was
stopped and at which it went on, and what was learned: by a training that was never stopped,
and by one that was stopped twice, the second time for a new kernel to go on.
"""

import atexit
import json
import os
import re
import signal
import time

from jupyter_client import KernelManager

with open("notebooks/04_fit.ipynb", encoding="utf-8") as file:
    CELLS = ["".join(cell["source"]) for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
TRAINING = next(i for i, cell in enumerate(CELLS) if "checkpoint:" in cell)
# Quick epochs take a fifth of a second: too short to be stopped.
TRAIN = CELLS[TRAINING].replace("epochs: size.epochs", "epochs: 25")
LEARNED = """
const { sha256 } = await import("../lib/data/files.ts");
const weights = model.getWeights().map((weight) => sha256(weight.dataSync()));
console.log(JSON.stringify([history.map(({ epoch, loss, valLoss }) => [epoch, loss, valLoss]), weights]));
"""


class Kernel:
    """A kernel that has run the notebook's cells above the training."""

    def __init__(self):
        self.manager = KernelManager(kernel_name="deno-course")
        atexit.register(self.end)  # a kernel lives on when its client fails
        self.manager.start_kernel(cwd="notebooks")
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        for cell in CELLS[:TRAINING]:
            self.finish(self.client.execute(cell))

    def finish(self, cell, stop_at=None, stop=None):
        """Reads a cell's messages to its end; presses Stop at a step. Returns what came."""
        steps, text, pressed, seconds = [], "", None, None
        ended = False
        while not ended:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != cell:
                continue
            kind, content = message["msg_type"], message["content"]
            assert content.get("name") != "stderr", content
            assert kind != "error" or pressed and content["evalue"].startswith("Stopped by you after "), content
            ended = kind == "status" and content["execution_state"] == "idle"
            text = content.get("data", {}).get("text/plain") or content.get("text", text)
            step = re.match(r"step (\d+) of", text)
            if step and int(step[1]) > 0:
                steps.append(int(step[1]))
            if stop and not pressed and steps and steps[-1] >= stop_at:
                stop(self.manager)
                pressed = time.time()
        reply = self.client.get_shell_msg(timeout=60)
        assert reply["content"]["status"] == ("error" if pressed else "ok"), reply["content"]
        if pressed:
            seconds = time.time() - pressed
        return {"steps": steps, "text": text, "seconds": seconds}

    def train(self, stop_at=None, stop=None):
        return self.finish(self.client.execute(TRAIN), stop_at, stop)

    def learned(self):
        return json.loads(self.finish(self.client.execute(LEARNED))["text"])

    def end(self):
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=True)


def of_jupyter(manager):
    """Jupyter's own Stop: the signal goes to the kernel and all it has started."""
    manager.interrupt_kernel()


def of_vscode(manager):
    """VS Code's: the signal goes to the kernel alone. On Windows both set the event."""
    if os.name == "nt":
        manager.interrupt_kernel()
    else:
        os.kill(manager.provisioner.pid, signal.SIGINT)


kernel = Kernel()
kernel.train()
whole = kernel.learned()
first = kernel.train(130, of_vscode)
second = kernel.train(290, of_jupyter)
kernel.end()
kernel = Kernel()
third = kernel.train()
print(
    json.dumps(
        {
            "seconds": [first["seconds"], second["seconds"]],
            "stopped": [first["steps"][-1], second["steps"][-1]],
            "wentOn": [second["steps"][0], third["steps"][0]],
            "end": third["steps"][-1],
            "whole": whole,
            "stoppedTwice": kernel.learned(),
        }
    )
)
