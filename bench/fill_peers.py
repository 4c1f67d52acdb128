"""Who fills: pawfect and the peers that need no weights, each as a user would run it. A peer is a command that reads
two files and writes one, or a call of a Python library, for which fill_call.py is the command."""

import os
import shutil
import sys
from dataclasses import dataclass

from fill_measure import measure

CALL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fill_call.py")
OURS = "pawfect"
RIVAL = "PyPatchMatch"  # what is compared with case by case: IOPaint and InvokeAI fill with it


@dataclass
class Peer:
    name: str
    is_call: bool  # a library call: its own time counts, not that of starting Python and reading the files
    command: list  # {image}, {mask}, {out}, {threads}, {seed} are put in
    check: list  # prints the version, or fails
    most_pixels: int = 0  # larger holes take too long; 0 = any hole

    def absence(self):
        """(version, "") or ("", why it cannot run)."""
        if not os.path.exists(self.check[0]) and not shutil.which(self.check[0]):
            return "", f"there is no {self.check[0]}"
        done = measure(self.check, limit=60)
        lines = done.output.strip().splitlines() or ["says nothing"]
        if done.status != 0:
            return "", lines[-1][:120]
        return lines[0].strip()[:60], ""

    def command_for(self, **places):
        return [part.format(**places) for part in self.command]


def call(name, key, most_pixels=0):
    command = [sys.executable, CALL, key]
    return Peer(name, True, command + ["{image}", "{mask}", "{out}", "{threads}", "{seed}"], command, most_pixels)


def gmic(name, *fill):
    command = ["gmic", "-v", "-", "{image}", "{mask}", "-gt[1]", "0", *fill, "-keep[0]", "-round", "-cut", "0,255"]
    return Peer(name, False, command + ["-o", "{out}"],
                ["sh", "-c", "command -v gmic >/dev/null || { echo 'gmic is not installed'; exit 1; };"
                             " dpkg-query -W -f '${Version}\n' gmic 2>/dev/null || echo unknown"])


def ours(program):
    return Peer(OURS, False,
                [program, "fill", "--image", "{image}", "--mask", "{mask}", "--out", "{out}", "--grow", "0", "--blend",
                 "0", "--threads", "{threads}", "--seed", "{seed}", "--quiet"], [program, "--version"])


# In the order of the table. The slow ones at the end run only when --peers names them.
PEERS = [
    call(RIVAL, "pypatchmatch"),
    call("patchmatch-cython", "patchmatch-cython"),
    gmic("G'MIC matchpatch", "-inpaint_matchpatch[0]", "[1],0,9,10,5,1"),
    gmic("G'MIC inpaint", "-inpaint[0]", "[1],11,22,0.5,1,9,0,0.05,10,1"),
    call("OpenCV NS", "opencv-ns"),
    call("OpenCV Telea", "opencv-telea"),
]
SLOW_PEERS = [
    call("OpenCV shiftmap", "opencv-shiftmap"),
    call("OpenCV FSR fast", "opencv-fsr", 60000),
    call("scikit biharmonic", "scikit-biharmonic", 8000),
]
