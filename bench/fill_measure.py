"""Runs one process and measures it: wall seconds, CPU seconds (user and system, with its children), peak
resident MiB. Only the standard library may be imported by whoever uses this: Linux carries the peak of the
process that starts another one over into the new one's, so the starter has to be small."""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

TIMED_OUT = 124


@dataclass
class Measured:
    status: int  # exit status; 124 = over the time limit, 127 = could not be started, -N = signal N
    wall: float
    cpu: float
    peak_mib: float
    output: str  # stdout and stderr together


def thread_environment(threads):
    """What bounds the threads of OpenMP, OpenBLAS and of everything that follows their custom."""
    names = ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS")
    return {**os.environ, **{name: str(threads) for name in names}, "OMP_WAIT_POLICY": "passive"}


def measure(command, threads=1, limit=300.0):
    """Runs `command` to its end, at most `limit` seconds, in a process group of its own. (Not in a session of its own:
    Linux shares processors out by session, and on a busy machine two threads would get no more of them than one.)"""
    begin = time.perf_counter()
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0,
                                   env=thread_environment(threads), text=True, errors="replace")
    except OSError as error:
        return Measured(127, 0.0, 0.0, 0.0, str(error))
    output = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
    reader.start()
    is_late = threading.Event()

    def stop():
        is_late.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(limit, stop)
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except KeyboardInterrupt:
        stop()
        raise
    finally:
        wall = time.perf_counter() - begin
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)  # Popen need not wait any more
    reader.join()
    process.stdout.close()
    return Measured(TIMED_OUT if is_late.is_set() else process.returncode, wall, usage.ru_utime + usage.ru_stime,
                    usage.ru_maxrss / 1024, output[0])
