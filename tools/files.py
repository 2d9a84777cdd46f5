"""Files that are whole or not there, as lib/data/files.ts writes them."""

import os
import sys
import time
from pathlib import Path

# Seconds between tries: on Windows a file that another program reads, such as OneDrive or a virus
# scanner, cannot be replaced, but soon can. On other systems such an error does not pass by itself.
WAITS = [0.05, 0.1, 0.2, 0.4, 0.75, 1.5, 2] if os.name == "nt" else []


def patiently(act, waits=None):
    """Calls `act` again after a while where another program holds its file open."""
    for wait in WAITS if waits is None else waits:
        try:
            return act()
        except PermissionError:
            time.sleep(wait)
    return act()


def write_whole(path, content):
    """Whoever reads `path` sees what was there before, or all of the text or bytes; no link is followed."""
    aside = Path(f"{path}.part")
    try:
        patiently(lambda: aside.unlink(missing_ok=True))
        try:
            # "x": a new file. As bytes, so that line ends stay as they are, also on Windows.
            with aside.open("xb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            patiently(lambda: aside.replace(path))
        except OSError:
            aside.unlink(missing_ok=True)
            raise
    except OSError as error:
        print(f'\nCannot write "{path}": {error.strerror}; what was there before is still there', flush=True)
        sys.exit(1)


def print_all_letters():
    """Windows may give a program that prints to a pipe an encoding without Hebrew or arrows."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
