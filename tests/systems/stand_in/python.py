#!/usr/bin/python3
"""What stands for Windows' Python does on Linux: python.c calls it under Wine."""

import os
import re
import shutil
import subprocess
import sys

DRIVES = {"c": "/wine/drive_c/", "z": "/"}


def unix(text):
    """A path with a drive, as Linux has it; anything else as it is."""
    if not re.match(r"[a-zA-Z]:[\\/]", text):
        return text
    return DRIVES[text[0].lower()] + text[3:].replace("\\", "/")


program, job, *arguments = sys.argv[1:]
program, job = unix(program), unix(job)
with open(job, encoding="utf-8") as file:
    variables = dict(line.split("=", 1) for line in file.read().split("\0") if "=" in line[1:])
handed_on = {
    name: unix(value)
    for name, value in variables.items()
    if re.match("COURSE_|JUPYTER|PYTHON|PIP_|NO_COLOR", name)
}

# py.exe chooses a version: -3, -3.13.
own = f"-{sys.version_info[0]}.{sys.version_info[1]}"
code = None
if arguments and re.fullmatch(r"-3(\.\d+)?", arguments[0]):
    wanted, *arguments = arguments
    code = None if wanted in ("-3", own) else 103
of_venv = os.path.join(os.path.dirname(os.path.dirname(program)), "bin", "python")
python = of_venv if os.path.exists(of_venv) else "/usr/bin/python3"
if code is None:
    command = [python, *map(unix, arguments)]
    if arguments[:2] == ["-m", "venv"]:
        command.append("--copies")  # Wine does not remove links
    with open(job + ".out", "ab") as out, open(job + ".err", "ab") as err:
        code = subprocess.call(command, stdout=out, stderr=err, env={**os.environ, **handed_on})
if code == 0 and arguments[:2] == ["-m", "venv"]:
    folder = unix(arguments[2])
    os.remove(folder + "/lib64")  # one more link
    scripts = folder + "/Scripts"
    os.makedirs(scripts)
    shutil.copy(program, scripts + "/python.exe")
with open(job + ".part", "w", encoding="utf-8") as file:
    file.write(str(code))
os.rename(job + ".part", job + ".end")
