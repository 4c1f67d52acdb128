"""Runs one process and notes, for everything it prints, when that was and how much CPU time it had taken by then.
Standard library only (see fill_measure.py)."""

import os
import re
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Line:
    text: str
    wall: float  # seconds since the start
    cpu: float


@dataclass
class Watched:
    status: int  # exit status; 124 = over the time limit, 127 = could not be started
    lines: list
    wall: float
    cpu: float
    peak_mib: float

    def last(self):
        return next((line.text for line in reversed(self.lines) if line.text.strip()), "")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def watch(command, limit):
    """Runs `command` for at most `limit` seconds. A carriage return ends a line too, as in a progress bar."""
    begin = time.monotonic()
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   process_group=0)
    except OSError as error:
        return Watched(127, [Line(str(error), 0.0, 0.0)], 0.0, 0.0, 0.0)
    lines, rest, is_late = [], b"", False
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(max(begin + limit - time.monotonic(), 0)):
                    is_late = True
                    os.killpg(process.pid, signal.SIGKILL)
                    break
                data = os.read(process.stdout.fileno(), 1 << 16)
                if not data:
                    break
                *whole, rest = re.split(rb"[\r\n]", rest + data)
                now = (time.monotonic() - begin, cpu_seconds(process.pid))
                lines += [Line(line.decode(errors="replace"), *now) for line in whole]
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    finally:
        process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Watched(124 if is_late else process.returncode, lines, time.monotonic() - begin,
                   usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
