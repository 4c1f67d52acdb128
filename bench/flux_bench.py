"""./run bench flux: how long FLUX.1-Fill takes with pawfect and with stable-diffusion.cpp's sd-cli on the same weights,
which are random ones of the real size; prints a table as Markdown. docs/benchmarks.md says what the numbers mean."""

import argparse
import datetime
import json
import os
import shlex
import subprocess
import sys
import time

import flux_peer
from fill_bench import PAGE, ROOT, machine, source
from flux_measure import watch
from flux_table import PEER_TEXT, markdown

TINY = ["--hidden", "256", "--depth-double", "1", "--depth-single", "2", "--t5-width", "256", "--t5-layers", "2"]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./run bench flux", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="256,512,768,1024", metavar="A,B", help="sides of the pictures, rising")
    parser.add_argument("--steps", type=int, default=2, help="steps of each at each size (default 2)")
    parser.add_argument("--minutes", type=float, default=20, help="sizes that do not fit into it are left out (20)")
    parser.add_argument("--threads", type=int, default=min(os.cpu_count(), 4), help="for both")
    parser.add_argument("--text", type=int, default=128, help="rows of text that ours takes as pawfect does (128)")
    parser.add_argument("--backend", choices=("cpu", "cuda", "vulkan"), default="cpu")
    parser.add_argument("--type", default="Q4_0", help="of the transformer's weights (default Q4_0)")
    parser.add_argument("--models", metavar="DIR", help="weights there are; else random ones are made under --out")
    parser.add_argument("--tiny", action="store_true", help="a small model, which sd-cli does not take: only ours")
    parser.add_argument("--peer", metavar="FILE", help="the sd-cli to run (default: tools/peer_sdcpp.sh builds it)")
    parser.add_argument("--no-peer", action="store_true", help="only ours")
    parser.add_argument("--times", default=os.path.join(ROOT, "build", "flux_times"), metavar="FILE")
    parser.add_argument("--out", default=os.path.join(ROOT, "bench-out", "flux"), metavar="DIR")
    parser.add_argument("--write", action="store_true", help="append the table to docs/benchmarks.md")
    return parser.parse_args(arguments)


def put(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def weights(options):
    """The folder with the weights, which are made once."""
    if options.models:
        return options.models
    folder = os.path.join(options.out, "tiny" if options.tiny else f"weights-{options.type}")
    if not os.path.exists(os.path.join(folder, "whole")):
        put(f"making random weights in {folder}")
        program = os.path.join(ROOT, "bench", "make_synthetic_weights.py")
        subprocess.run([sys.executable, "-B", program, folder, "--type", options.type, *(TINY if options.tiny else [])],
                       check=True, stdout=sys.stderr)
        with open(os.path.join(folder, "whole"), "w", encoding="utf-8"):
            pass
    return folder


def peer_program(options):
    if options.no_peer or options.tiny:
        return None
    if options.peer:
        return options.peer
    built = subprocess.run([os.path.join(ROOT, "tools", "peer_sdcpp.sh"), options.backend], stdout=subprocess.PIPE,
                           text=True, check=False)
    return built.stdout.strip() if built.returncode == 0 else None


def own_parts(lines):
    """{"step": {"wall", "cpu", ...}, "encode": ..., "peak_mib": ...} from what flux_times prints."""
    parts = {}
    for line in lines:
        if not line.startswith("{"):
            continue
        said = json.loads(line)
        what = said.pop("what")
        if what == "memory":
            parts["peak_mib"] = said["peak_bytes"] / 2**20
        elif what == "load":
            before = parts.get("load", {"wall": 0.0, "cpu": 0.0})
            parts["load"] = {key: before[key] + said[key] for key in before}
        else:
            parts[what] = said
    return parts


def run_ours(options, folder, size, text, more, limit):
    done = watch([options.times, "--models", folder, "--backend", options.backend, "--threads", str(options.threads),
                  "--sizes", str(size), "--steps", str(options.steps), "--t5-length", str(text), *more], limit)
    if done.status == 124:
        return None
    if done.status != 0:
        raise SystemExit(f"bench: flux_times at {size}: status {done.status}: {done.last()}")
    return own_parts(line.text for line in done.lines)


def run_peer(options, program, folder, size, limit):
    """Its parts, as many as were done in time, or why there are none."""
    scene = flux_peer.write_scene(options.out, size)
    done = watch(flux_peer.command(program, folder, scene, size, options.steps, options.threads,
                                   os.path.join(options.out, f"sd-cli{size}.png")), limit)
    with open(os.path.join(options.out, f"sd-cli{size}.log"), "w", encoding="utf-8") as file:
        file.writelines(f"{line.wall:8.2f} {line.cpu:8.2f} {line.text}\n" for line in done.lines)
    if done.status not in (0, 124):
        return None, f"sd-cli failed at {size}² with status {done.status}: {done.last()}"
    note = f"sd-cli was stopped at {size}² for want of time." if done.status == 124 else ""
    return {**flux_peer.parts_of(done.lines), "peak_mib": done.peak_mib}, note


def main():
    arguments = sys.argv[1:]
    options = parse(arguments)
    os.makedirs(options.out, exist_ok=True)
    program = peer_program(options)
    folder = weights(options)
    results = {"when": datetime.datetime.now().strftime("%Y-%m-%d %H:%M"), "machine": machine(), "source": source(),
               "command": shlex.join(["./run", "bench", "flux", *arguments]), "threads": options.threads,
               "backend": options.backend, "text": options.text, "has_text": True, "runs": [], "notes": []}
    if program is None:
        results["notes"].append("sd-cli was not measured.")
    end, took = time.monotonic() + 60 * options.minutes, 0.0
    for size in (int(text) for text in options.sizes.split(",")):
        begin = time.monotonic()
        # A larger picture takes at least as many times longer as it has more pixels, less what does not grow.
        if results["runs"]:
            before = results["runs"][-1]["size"]
            if begin + took * (size / before) ** 2 * 0.6 > end:
                results["notes"].append(f"{size}² was left out for want of time (--minutes {options.minutes:g}).")
                continue
        limit = max(end - begin, 60)
        more = ["--vae-sizes", str(size)] + (["--text"] if not results["runs"] else [])
        ours = run_ours(options, folder, size, PEER_TEXT, more, limit)
        short = run_ours(options, folder, size, options.text, [], limit) if ours else None
        if short is None:
            results["notes"].append(f"{size}²: ours was stopped for want of time (--minutes {options.minutes:g}).")
            continue
        run = {"size": size, "ours": ours, "ours_short": short}
        put(f"{size}: ours {ours['step']['wall']:.1f} s a step ({ours['step']['cpu']:.1f} of CPU time)")
        if program is not None:
            theirs, note = run_peer(options, program, folder, size, max(end - time.monotonic(), 60))
            results["notes"] += [note] if note else []
            if theirs:
                run["peer"] = theirs
                put(f"{size}: sd-cli " + ", ".join(f"{name} {part['wall']:.1f} s" for name, part in theirs.items()
                                                   if isinstance(part, dict)))
        results["transformer"] = ours["device"]["transformer"]
        results["runs"].append(run)
        took = time.monotonic() - begin
    if not results["runs"]:
        raise SystemExit(f"bench: nothing could be measured in {options.minutes:g} minutes; give more --minutes")

    with open(os.path.join(options.out, "results.json"), "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
    text = markdown(results)
    print(text)
    if options.write:
        with open(PAGE, "a", encoding="utf-8") as file:
            file.write("\n" + text)


if __name__ == "__main__":
    main()
