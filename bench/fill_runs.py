"""The timed runs of the benchmark: every filler on every case, pawfect on one and on two threads, and a photo of 24
megapixels. One process at a time. Standard library only (see fill_measure.py)."""

import filecmp
import json
import os
import sys
from statistics import median

from fill_measure import Measured, measure

SHORT = 3.0  # seconds; what takes less is run three times and the median counts
REPEATS = 3


def put(text):
    print(text, file=sys.stderr, flush=True)


def own_time(peer, done):
    """(wall, CPU) seconds: of the call for a library, of the whole process for a program."""
    if peer.is_call and done.status == 0:
        for line in done.output.splitlines():
            if line.startswith("CALL "):
                return tuple(float(word) for word in line.split()[1:])
    return done.wall, done.cpu


def run_once(peer, case, out, threads, seed):
    if os.path.exists(out):
        os.remove(out)
    done = measure(peer.command_for(image=case["image"], mask=case["mask"], out=out, threads=threads, seed=seed), threads)
    if done.status == 0 and not os.path.exists(out):
        done = Measured(1, done.wall, done.cpu, done.peak_mib, "wrote nothing: " + done.output)
    wall, cpu = own_time(peer, done)
    last = (done.output.strip().splitlines() or [""])[-1]
    return {"status": done.status, "wall": wall, "cpu": cpu, "peak_mib": done.peak_mib,
            "message": last[:160] if done.status else ""}


def run_case(peers, case, folder, threads, seed, repeats):
    """{peer: result}. The peers take turns, so that a busy moment of the machine does not fall on one of them alone."""
    runs = {}
    for _ in range(repeats):
        for peer in peers:
            if peer.most_pixels and case["hole_pixels"] > peer.most_pixels:
                continue
            before = runs.setdefault(peer.name, [])
            if before and (before[-1]["status"] != 0 or before[0]["wall"] > SHORT):
                continue
            out = os.path.join(folder, f"{case['case']}.{file_name(peer.name)}.png")
            before.append(run_once(peer, case, out, threads, seed))
    result = {}
    for name, several in runs.items():
        result[name] = {**several[-1], "wall": median(run["wall"] for run in several),
                        "cpu": median(run["cpu"] for run in several),
                        "peak_mib": max(run["peak_mib"] for run in several)}
    put(f"{case['case']:20s} " + ", ".join(f"{name} {run['cpu']:.2f}" if run["status"] == 0 else f"{name} failed"
                                           for name, run in result.items()))
    return result


def file_name(peer_name):
    return "".join(letter if letter.isalnum() else "-" for letter in peer_name).lower()


def engine_run(ours, case, out, threads, seed):
    """One run of pawfect with its report: (whole, engine) wall seconds, the process."""
    report = out + ".json"
    command = ours.command_for(image=case["image"], mask=case["mask"], out=out, threads=threads, seed=seed)
    done = measure(command + ["--report", report], threads)
    if done.status != 0:
        raise SystemExit(f"bench: {case['image']}: pawfect on {threads} threads: {done.output.strip()}")
    with open(report, encoding="utf-8") as file:
        stages = {stage["name"]: stage["seconds"] for stage in json.load(file)["stages"]}
    return done.wall, stages["fill"], done


def time_threads(ours, cases, folder, seed):
    """Wall seconds on one and on two threads, the quickest of three runs each in turn: other work on the machine can
    only add to a wall time."""
    rows = []
    for case in cases:
        outs = {threads: os.path.join(folder, f"threads{threads}.png") for threads in (1, 2)}
        walls = {threads: [] for threads in outs}
        for _ in range(REPEATS):
            for threads, out in outs.items():
                walls[threads].append(engine_run(ours, case, out, threads, seed)[:2])
        whole, engine = ({threads: min(pair[k] for pair in walls[threads]) for threads in outs} for k in (0, 1))
        rows.append({"case": case["case"], "whole": [whole[1], whole[2]], "engine": [engine[1], engine[2]],
                     "same_bytes": filecmp.cmp(outs[1], outs[2], shallow=False)})
    return rows


def time_large(ours, folder, source, seed):
    """A photo of 24 megapixels with a hole of a tenth, as PNG and as JPEG, on one thread and on two."""
    stem = os.path.join(folder, "large")
    here = os.path.dirname(os.path.abspath(__file__))
    made = measure([sys.executable, os.path.join(here, "fill_large.py"), source, stem, str(seed)])
    if made.status != 0:
        raise SystemExit(f"bench: the large photo could not be made: {made.output.strip()}")
    rows = []
    for ending in ("png", "jpg"):
        for threads in (1, 2):
            case = {"image": f"{stem}.{ending}", "mask": stem + ".mask.png"}
            wall, engine, done = engine_run(ours, case, f"{stem}.out.{ending}", threads, seed)
            rows.append({"container": "PNG" if ending == "png" else "JPEG", "threads": threads, "wall": wall,
                         "engine": engine, "cpu": done.cpu, "peak_mib": done.peak_mib})
            put(f"24 megapixels, {ending}, {threads} threads: {wall:.1f} s, {done.peak_mib:.0f} MiB")
    return rows
