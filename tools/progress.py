"""Says where the run of a notebook stands, and how long it still takes."""

import threading
import time

TICK = 10  # seconds between two lines of progress in a long cell
TRUST = 30  # seconds that a run must last until its own pace counts as much as the one foretold
GROWTH = 1.2  # what is left may be said to be longer than before by a fifth at most


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """
    A line each cell and every ten seconds. `known` has the seconds of each cell in an earlier run,
    here or elsewhere, or is None; `pace` says how many times as long this machine needs.
    """

    def __init__(self, name, cells, known=None, pace=1.0, now=time.time):
        self.name, self.cells, self.pace, self.now = name, cells, pace, now
        self.known = known if known and len(known) == cells else None
        self.seconds = []
        self.start = self.cell_start = now()
        self.least = float("inf")
        self.ended = threading.Event()

    def begin(self, cell=None, cell_index=None):
        self.cell_start = self.now()
        self.say()

    def end(self, cell=None, cell_index=None, execute_reply=None):
        self.seconds.append(round(self.now() - self.cell_start, 1))

    def left(self):
        """What is said of the seconds left, such as "about 1:20", or None where nothing is known."""
        if not self.known:
            return None
        done, in_cell = len(self.seconds), self.now() - self.cell_start
        # How far that run was here, and the pace of this one: foretold at first, then its own.
        there = sum(self.known[:done]) + min(self.known[done], in_cell / self.pace)
        pace = (self.now() - self.start + TRUST * self.pace) / (there + TRUST)
        left = (sum(self.known) - there) * pace
        if left > GROWTH * self.least:
            return f"more than {clock(self.least)}"
        self.least = min(self.least, left)
        return f"about {clock(left)}" if left >= 1 else None

    def say(self):
        done = len(self.seconds)
        if self.ended.is_set() or done == self.cells:
            return
        line = f"{self.name}  cell {done + 1} of {self.cells}  {clock(self.now() - self.start)} elapsed"
        left = self.left()
        print(f"{line}, {left} left" if left else line, flush=True)

    def tick(self):
        while not self.ended.wait(TICK):
            self.say()
