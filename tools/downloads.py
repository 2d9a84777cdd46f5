"""What the pages offer to be taken along: notebooks as scripts, and the whole course as one file."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from files import write_whole

ROOT = Path(__file__).resolve().parent.parent
# What the course consists of. Anything else in its folder was made by running it, or is somebody's own.
PARTS = """
.binder .ci .devcontainer .gitattributes .github .gitignore .vscode LICENSE README.md bench data deno.json
deno.lock lib notebooks requirements.txt tests tools tutorial.ts
""".split()
MADE = {"__pycache__", ".ipynb_checkpoints", ".venv", "node_modules", "shown"}
DATA = {"README.md", "extracts"}  # the rest of data/ is what trainings have saved


def course_files():
    """The paths of the course's files, from its folder on, in order."""
    found = []
    for part in PARTS:
        top = ROOT / part
        found += [top] if top.is_file() else []
        for folder, folders, files in os.walk(top):
            is_data = Path(folder) == ROOT / "data"
            folders[:] = [name for name in folders if name not in MADE and (not is_data or name in DATA)]
            kept = [name for name in files if not name.startswith(".check-") and (not is_data or name in DATA)]
            found += [Path(folder) / name for name in kept]
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
    notebooks = [f"{folder}/{name}.ipynb" for name in names]
    command = [sys.executable, "-m", "nbconvert", "--to", "script", "--output-dir", folder, *notebooks]
    done = subprocess.run(command, env={**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"Cannot make scripts of the notebooks:\n{done.stderr[-2000:]}")
