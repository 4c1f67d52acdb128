"""./run bench fill: pawfect and its peers fill the same holes in one run; prints a table as Markdown.

The results, every filled picture and a contact sheet go to bench-out/fill/. What the numbers mean and where they
mislead: docs/benchmarks.md."""

import argparse
import datetime
import json
import os
import platform
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import fill_peers
import fill_runs
from fill_measure import measure
from fill_table import markdown

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PAGE = os.path.join(ROOT, "docs", "benchmarks.md")
FIGURE = os.path.join(ROOT, "docs", "figures", "fill_bench.png")
MOST_SHEET_BYTES = 1_500_000
SHEET_PEERS = (fill_peers.RIVAL, "G'MIC matchpatch", fill_peers.OURS)
QUICK_STEP = 5


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./run bench fill", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", default=os.path.join(ROOT, "examples"), metavar="DIR",
                        help="photos with masks, or with a manifest.json (default: examples/, with holes drawn on it)")
    parser.add_argument("--scorer", metavar="FILE", help="a Python program that judges a fill (see fill_judge.py)")
    parser.add_argument("--seed", type=int, default=1, help="for every filler that takes one (default 1)")
    parser.add_argument("--threads", type=int, default=1, help="for every filler (default 1)")
    parser.add_argument("--quick", action="store_true",
                        help=f"every {QUICK_STEP}th case, one run each, no large photo, only {fill_peers.RIVAL}")
    parser.add_argument("--peers", metavar="A,B", help="only these, slow ones too: " + ", ".join(
        peer.name for peer in fill_peers.PEERS + fill_peers.SLOW_PEERS))
    parser.add_argument("--tuned-on", default="", metavar="A,B",
                        help="cases that settings were chosen on; the others are also reported apart")
    parser.add_argument("--pawfect", default=os.path.join(ROOT, "build", "pawfect"), metavar="FILE")
    parser.add_argument("--out", default=os.path.join(ROOT, "bench-out", "fill"), metavar="DIR")
    parser.add_argument("--write", action="store_true",
                        help="append the table to docs/benchmarks.md and put the contact sheet beside it")
    return parser.parse_args(arguments)


def chosen_peers(options):
    everyone = fill_peers.PEERS + fill_peers.SLOW_PEERS
    if options.peers is None:
        return [fill_peers.PEERS[0]] if options.quick else fill_peers.PEERS
    by_name = {peer.name: peer for peer in everyone}
    names = [name for name in options.peers.split(",") if name]
    for name in names:
        if name not in by_name:
            raise SystemExit(f"bench: --peers {name}: there is no such peer; there are {', '.join(by_name)}")
    return [by_name[name] for name in names]


def laid_out_cases(options):
    folder = os.path.join(options.out, "cases")
    made = subprocess.run([sys.executable, os.path.join(HERE, "fill_cases.py"), "--photos", options.photos, "--out",
                           folder, "--seed", str(options.seed)], check=False)
    if made.returncode != 0:
        raise SystemExit(made.returncode)
    with open(os.path.join(folder, "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)
    return cases[::QUICK_STEP] if options.quick else cases


def judge(options, case, name, run):
    """Adds "judged" to a run that filled; a picture that cannot be judged counts as a failed fill."""
    out = os.path.join(options.out, f"{case['case']}.{fill_runs.file_name(name)}.png")
    command = [sys.executable, os.path.join(HERE, "fill_judge.py"), "--image", case["image"], "--mask", case["mask"],
               "--filled", out]
    command += ["--truth"] if case["has_truth"] else []
    command += ["--scorer", options.scorer] if options.scorer else []
    done = measure(command)
    if done.status == 0:
        run["judged"] = json.loads(done.output.strip().splitlines()[-1])
    else:
        run.update(status=done.status, message=done.output.strip()[-160:])


def judge_all(options, cases, runs):
    fill_runs.put("judging")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(judge, options, case, name, run) for case in cases
                for name, run in runs[case["case"]].items() if run["status"] == 0]
        for job in jobs:
            job.result()


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{model}, {os.cpu_count()} cores, {system}, load {os.getloadavg()[0]:.1f} at the start"


def source():
    """Which state of this checkout ran."""
    try:
        asked = subprocess.run(["git", "describe", "--always", "--dirty=, changed since"], cwd=ROOT, capture_output=True,
                               text=True, check=False)
    except FileNotFoundError:  # a bare system has no git
        return "no version control"
    return f"commit {asked.stdout.strip()}" if asked.returncode == 0 else "no version control"


def main():
    arguments = sys.argv[1:]
    options = parse(arguments)
    os.makedirs(options.out, exist_ok=True)
    ours = fill_peers.ours(options.pawfect)
    wanted = [ours] + chosen_peers(options)
    results = {"when": datetime.datetime.now().strftime("%Y-%m-%d %H:%M"), "machine": machine(), "source": source(),
               "command": shlex.join(["./run", "bench", "fill", *arguments]), "seed": options.seed,
               "threads": options.threads, "scorer": options.scorer,
               "tuned_on": [name for name in options.tuned_on.split(",") if name], "peers": {}}
    for peer in wanted:
        version, absent = peer.absence()
        results["peers"][peer.name] = {"version": version, "absent": absent, "most_pixels": peer.most_pixels}
        if absent:
            fill_runs.put(f"bench: absent: {peer.name}: {absent}")
    if results["peers"][ours.name]["absent"]:
        raise SystemExit("bench: pawfect itself does not run; ./run build makes it")
    present = [peer for peer in wanted if not results["peers"][peer.name]["absent"]]

    cases = results["cases"] = laid_out_cases(options)
    repeats = 1 if options.quick else fill_runs.REPEATS
    fill_runs.put(f"bench: {len(cases)} cases, {len(present)} fillers; CPU seconds as they come")
    runs = results["runs"] = {
        case["case"]: fill_runs.run_case(present, case, options.out, options.threads, options.seed, repeats)
        for case in cases}
    results["thread_rows"] = fill_runs.time_threads(ours, cases, options.out, options.seed)
    largest = max(cases, key=lambda case: case["width"] * case["height"])
    results["large_rows"] = [] if options.quick else fill_runs.time_large(ours, options.out, largest["image"],
                                                                          options.seed)
    judge_all(options, cases, runs)

    path = os.path.join(options.out, "results.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
    sheet = FIGURE if options.write else os.path.join(options.out, "sheet.png")
    os.makedirs(os.path.dirname(sheet), exist_ok=True)
    shown = [peer.name for peer in present if peer.name in SHEET_PEERS]
    shown.sort(key=SHEET_PEERS.index)
    drawn = subprocess.run([sys.executable, os.path.join(HERE, "fill_sheet.py"), path, sheet, str(MOST_SHEET_BYTES),
                            *shown], check=False).returncode == 0
    text = markdown(results, os.path.relpath(FIGURE, os.path.dirname(PAGE)) if options.write and drawn else "")
    print(text)
    if options.write:
        with open(PAGE, "a", encoding="utf-8") as file:
            file.write("\n" + text)
    fill_runs.put(f"bench: results {path}, contact sheet {sheet if drawn else 'not drawn'}")


if __name__ == "__main__":
    main()
