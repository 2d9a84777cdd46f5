"""What the pages offer to be taken along: notebooks as scripts, and the whole course as one file."""

import glob
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from files import write_whole

ROOT = Path(__file__).resolve().parent.parent
# What the course consists of. Anything else was made by running it, or is somebody's own.
PARTS = """
.binder .ci .devcontainer .gitattributes .github .gitignore .vscode LICENSE README.md bench data deno.json
deno.lock lib notebooks requirements.txt tests tools tutorial.ts
""".split()
MADE = {"__pycache__", ".ipynb_checkpoints", ".venv", "node_modules", "shown"}
DATA = {"README.md", "extracts"}  # the rest of data/ is what trainings have saved
NOTEBOOKS = re.compile(r"\d\d_.*\.ipynb|solutions|glossary\.md|denoised\.svg")


def is_part(folder, name):
    """Whether what has this name in the folder belongs to the course."""
    if folder == ROOT / "data":
        return name in DATA
    if ROOT / "notebooks" in (folder, folder.parent):
        return bool(NOTEBOOKS.fullmatch(name))
    return name not in MADE


def course_files():
    """The paths of the course's files, from its folder on, in order."""
    found = []
    for part in PARTS:
        top = ROOT / part
        found += [top] if top.is_file() else []
        for folder, folders, files in os.walk(top):
            here = Path(folder)
            folders[:] = [name for name in folders if is_part(here, name)]
            found += [here / name for name in files if is_part(here, name)]
    return sorted(path.relative_to(ROOT) for path in found)


def pack_course(folder):
    """Packs the course into one file of the folder, the same bytes each time; returns how many."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in course_files():
            info = zipfile.ZipInfo(f"cleaning-digits/{path.as_posix()}")  # of 1980, whenever it is packed
            info.external_attr = (ROOT / path).stat().st_mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, (ROOT / path).read_bytes())
    write_whole(f"{folder}/course.zip", packed.getvalue())
    return packed.tell()


def write_scripts(folder, names):
    """Makes FOLDER/NAME.ts of each FOLDER/NAME.ipynb, as JupyterLab does by its menu."""
    # nbconvert takes a name for a pattern, and a folder may have brackets in its name.
    notebooks = [glob.escape(f"{folder}/{name}.ipynb") for name in names]
    command = [sys.executable, "-m", "nbconvert", "--to", "script", "--output-dir", folder, *notebooks]
    done = subprocess.run(command, env={**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"Cannot make scripts of the notebooks:\n{done.stderr[-2000:]}")
