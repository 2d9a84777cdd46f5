"""Runs and exports notebooks with Jupyter's own libraries.

notebooks.py run IN OUT           runs IN in a fresh kernel, writes OUT when all of it went well
notebooks.py export FOLDER NAME…  makes FOLDER/NAME.html of each FOLDER/NAME.ipynb, and of the glossary
Progress goes to standard output, a line each cell and every ten seconds. `run` finds in
COURSE_PACE what tools/course.ts knows of this machine's pace and of an earlier run.
"""

import signal
import sys

signal.signal(signal.SIGINT, lambda *_: sys.exit(130))  # says nothing, also while what follows is read

import asyncio
import contextlib
import json
import os
import re
import threading
from pathlib import Path

import nbformat
from jupyter_core.utils import ensure_event_loop
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from files import print_all_letters, write_whole
from pages import export
from progress import Progress, clock

ROOT = Path(__file__).resolve().parent.parent
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # what terminals take for colours
METADATA = {
    "kernelspec": {"display_name": "Deno (course)", "language": "typescript", "name": "deno-course"},
    # As the kernel tells it, or JupyterLab would ask to save each notebook that somebody only opened.
    "language_info": {
        "codemirror_mode": "typescript",
        "file_extension": ".ts",
        "mimetype": "text/x.typescript",
        "name": "typescript",
        "nbconvert_exporter": "script",
        "pygments_lexer": "typescript",
    },
}


def fail(name, number, source, error):
    first = next((line for line in source.splitlines() if line.strip()), "")
    print(f"\nFAILED: notebooks/{name}.ipynb, cell {number}: {first}\n{error}", flush=True)
    if "NotFound: Cannot load" in error:  # which says itself what to run first
        sys.exit(1)
    flag = " --solutions" if name.startswith("solutions/") else ""
    print(
        f"Way out: open the notebook with `deno task lab`, run it up to that cell, correct it; "
        f"then `deno task course {Path(name).name[:2]}{flag}`. `deno task check` finds mistakes of types.",
        flush=True,
    )
    sys.exit(1)


def joined(outputs):
    """Lines that a cell prints one after the other are one output; what it shows between them parts them."""
    kept = []
    for output in outputs:
        last = kept[-1] if kept else {}
        if output.output_type == "stream" == last.get("output_type") and output.name == last.name:
            last.text += output.text
        else:
            kept.append(output)
    return kept


def run(source, target):
    name = Path(source).resolve().relative_to(ROOT / "notebooks").with_suffix("").as_posix()
    notebook = nbformat.read(source, as_version=4)
    told = json.loads(os.environ.get("COURSE_PACE", "{}"))
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    progress = Progress(name, len(code), told.get("known"), told.get("slowness", 1))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="deno-course",
        record_timing=False,
        resources={"metadata": {"path": str(Path(source).resolve().parent)}},
        on_cell_execute=progress.begin,
        on_cell_executed=progress.end,
    )
    ticker = threading.Thread(target=progress.tick, daemon=True)
    ticker.start()
    loop = ensure_event_loop(prefer_selector_loop=True)  # Windows has another, which Jupyter warns of
    task = loop.create_task(client.async_execute())
    stops = []
    with contextlib.suppress(NotImplementedError):  # on Windows Python itself takes Ctrl-C
        for stop in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(stop, lambda: stops.append(task.cancel()))
        loop.add_signal_handler = lambda *_: None  # nbclient's would end the kernel, and trip over that
    try:
        loop.run_until_complete(task)
    except (SystemExit, KeyboardInterrupt, asyncio.CancelledError, CellExecutionError, DeadKernelError) as error:
        if stops or isinstance(error, (SystemExit, KeyboardInterrupt)):
            print(f"{name}  stopped; what was done before stays, and the same command goes on there", flush=True)
            sys.exit(130)
        number = len(progress.seconds) + 1
        failed = [i for i in code if notebook.cells[i].get("execution_count") is not None]
        index = code[min(number, len(code)) - 1] if failed or code else 0
        for i in code:
            if any(o.output_type == "error" for o in notebook.cells[i].outputs):
                index, number = i, code.index(i) + 1
        lines = COLOUR.sub("", str(error)).strip().splitlines()
        kept = [line for line in lines if line.strip() and not line.startswith("---")]
        fail(name, number, notebook.cells[index].source, "\n".join(kept[-8:]))
    finally:
        progress.ended.set()
    course = {"pace": told.get("pace"), "seconds": progress.seconds, "run": told.get("run")}
    notebook.metadata = nbformat.from_dict({**METADATA, "course": course})
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
        for output in cell.get("outputs", []):
            output.pop("transient", None)
            data = output.get("data", {})
            if "text/plain" in data:
                data["text/plain"] = COLOUR.sub("", data["text/plain"])
    write_whole(target, nbformat.writes(notebook) + "\n")
    print(f"{name}  done in {clock(progress.now() - progress.start)} min", flush=True)


if __name__ == "__main__":
    print_all_letters()
    command, *arguments = sys.argv[1:]
    {"run": run, "export": lambda folder, *names: export(folder, names)}[command](*arguments)
