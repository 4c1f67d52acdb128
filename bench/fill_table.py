"""The benchmark's results as Markdown. Pure functions of what fill_bench.py gathered; standard library only."""

import math
from statistics import fmean, median

from fill_peers import OURS, RIVAL
from fill_statistics import bootstrap_interval, geometric_mean


def good_runs(results, peer):
    """{case name: run} of the cases that the peer filled."""
    return {case: runs[peer] for case, runs in results["runs"].items()
            if peer in runs and runs[peer]["status"] == 0 and "judged" in runs[peer]}


def value(run, key):
    """A measure of one run, or None; "Q" and "QN" come from the scorer."""
    return run["judged"].get("scorer", {}).get(key) if key in ("Q", "QN") else run["judged"].get(key)


def mean_of(runs, key):
    values = [value(run, key) for run in runs if value(run, key) is not None]
    return fmean(values) if values else None


def number(value_or_none, digits):
    return "–" if value_or_none is None else f"{value_or_none:.{digits}f}"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def peer_table(results):
    """One line a filler: means of the measures, times, memory."""
    cases = {case["case"]: case for case in results["cases"]}
    has_scorer = bool(results["scorer"])
    scored = ["Q", "QN"] if has_scorer else []
    lines = [row(["fills with", "version", "cases", *scored, "PSNR dB", "detail", "seam", "CPU s, median", "CPU s, most",
                  "wall s, median", "peak MiB", "CPU against ours", "changed outside"]),
             row(["---", "---"] + ["---:"] * (10 + len(scored)))]
    own = good_runs(results, OURS)
    for name in results["peers"]:
        runs = good_runs(results, name)
        if not runs:
            continue
        truth = [run for case, run in runs.items() if cases[case]["has_truth"]]
        removal = [run for case, run in runs.items() if not cases[case]["has_truth"]]
        both = [case for case in runs if case in own]
        ratio = geometric_mean(runs[case]["cpu"] / own[case]["cpu"] for case in both) if both else None
        quality = [number(mean_of(truth, "Q"), 3), number(mean_of(removal, "QN"), 3)] if has_scorer else []
        lines.append(row([name, results["peers"][name]["version"], str(len(runs)), *quality,
                          number(mean_of(truth, "psnr"), 2), number(mean_of(truth, "detail"), 2),
                          number(mean_of(runs.values(), "seam"), 2),
                          f"{median(run['cpu'] for run in runs.values()):.2f}",
                          f"{max(run['cpu'] for run in runs.values()):.2f}",
                          f"{median(run['wall'] for run in runs.values()):.2f}",
                          f"{max(run['peak_mib'] for run in runs.values()):.0f}",
                          "1" if name == OURS else number(ratio, 1) + " ×" if ratio else "–",
                          str(max(run["judged"]["outside"] for run in runs.values()))]))
    return lines


# Name, how to read it from a run, whether more is better.
SCORED = [("Q", lambda run: value(run, "Q"), False)]
PLAIN = [
    ("PSNR dB", lambda run: value(run, "psnr"), True),
    ("detail, size of log₂", lambda run: abs(math.log2(value(run, "detail"))), False),
    ("seam against the truth's, size of log₂",
     lambda run: abs(math.log2(value(run, "seam") / value(run, "seam_truth"))), False),
]


def paired_table(results):
    """Ours minus the rival's on the cases with truth that both filled."""
    own, other = good_runs(results, OURS), good_runs(results, RIVAL)
    both = [case["case"] for case in results["cases"]
            if case["has_truth"] and case["case"] in own and case["case"] in other]
    if len(both) < 2:
        return []
    tuned = set(results["tuned_on"])
    groups = [("all", both)]
    if tuned:
        groups += [("settings chosen on these", [case for case in both if case in tuned]),
                   ("the others", [case for case in both if case not in tuned])]
    lines = ["", f"Case by case against {RIVAL}, cases with truth, ours minus theirs, 95 % interval of the mean by"
             " bootstrap:", "",
             row(["measure", "cases", "n", "ours", "theirs", "difference", "95 % interval", "ours better",
                  "worst case for us"]),
             row(["---", "---"] + ["---:"] * 6 + ["---"])]
    for name, read, more_is_better in SCORED if results["scorer"] else PLAIN:
        for label, members in groups:
            if len(members) < 2:
                continue
            mine, theirs = [read(own[case]) for case in members], [read(other[case]) for case in members]
            gaps = [a - b for a, b in zip(mine, theirs)]
            low, high = bootstrap_interval(gaps, results["seed"])
            better = sum(gap > 0 if more_is_better else gap < 0 for gap in gaps)
            worst = (min if more_is_better else max)(gaps)
            lines.append(row([name, label, str(len(members)), f"{fmean(mine):.3f}", f"{fmean(theirs):.3f}",
                              f"{fmean(gaps):+.3f}", f"{low:+.3f} to {high:+.3f}", str(better),
                              f"{members[gaps.index(worst)]} {worst:+.3f}"]))
    return lines


def thread_lines(rows):
    if not rows:
        return []
    lines = ["", "| one thread against two | quicker by, geometric mean | least | most |", "| --- | ---: | ---: | ---: |"]
    for key, name in (("engine", "the engine's own time (`--report`)"), ("whole", "the whole process")):
        ratios = [entry[key][0] / entry[key][1] for entry in rows]
        lines.append(row([name, f"{geometric_mean(ratios):.2f} ×", f"{min(ratios):.2f} ×", f"{max(ratios):.2f} ×"]))
    same = sum(entry["same_bytes"] for entry in rows)
    lines += ["", f"Wall time, the quickest of three runs each. The same file for both in {same} of {len(rows)} cases."]
    return lines


def large_lines(rows):
    if not rows:
        return []
    lines = ["", "| 24 megapixels, hole of a tenth | threads | wall s | of it the engine | CPU s | peak MiB |",
             "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for entry in rows:
        lines.append(row([entry["container"], str(entry["threads"]), f"{entry['wall']:.1f}", f"{entry['engine']:.1f}",
                          f"{entry['cpu']:.1f}", f"{entry['peak_mib']:.0f}"]))
    return lines


def case_lines(results):
    """Every case of ours and the rival's, folded away."""
    own, other = good_runs(results, OURS), good_runs(results, RIVAL)
    key = {True: "Q" if results["scorer"] else "psnr", False: "QN" if results["scorer"] else "seam"}
    lines = ["", "<details><summary>Every case</summary>", "",
             row(["case", "hole, pixels", "measure", "ours", RIVAL, "CPU s ours", "CPU s " + RIVAL]),
             row(["---", "---:", "---"] + ["---:"] * 4)]
    for case in results["cases"]:
        name, measure = case["case"], key[case["has_truth"]]
        cells = [[number(value(runs[name], measure), 3), number(runs[name]["cpu"], 2)] if name in runs else ["–", "–"]
                 for runs in (own, other)]
        lines.append(row([name, str(case["hole_pixels"]), measure, cells[0][0], cells[1][0], cells[0][1], cells[1][1]]))
    return lines + ["", "</details>"]


def missing_lines(results):
    lines = [f"Absent: {name} ({peer['absent']})." for name, peer in results["peers"].items() if peer["absent"]]
    for name, peer in results["peers"].items():
        asked = sum(name in runs for runs in results["runs"].values())
        if asked < len(results["runs"]) and not peer["absent"]:
            lines.append(f"Too slow for more: {name} was given {asked} of {len(results['runs'])} cases, those of at most"
                         f" {peer['most_pixels']} pixels.")
    for case, runs in results["runs"].items():
        lines += [f"Failed: {name} on {case}, status {run['status']} ({run['message']})."
                  for name, run in runs.items() if run["status"] != 0]
    return ["", *lines] if lines else []


def markdown(results, sheet):
    """The section for docs/benchmarks.md. `sheet`: link to the contact sheet, or empty."""
    with_truth = sum(case["has_truth"] for case in results["cases"])
    lines = [f"## Filling, {results['when']}", "",
             f"{results['machine']}. {with_truth} cases with truth, {len(results['cases']) - with_truth} removals; "
             f"seed {results['seed']}, {results['threads']} thread(s); {results['source']}.", "",
             f"    {results['command']}", "", *peer_table(results), *missing_lines(results), *paired_table(results),
             *thread_lines(results["thread_rows"]), *large_lines(results["large_rows"]), *case_lines(results)]
    if sheet:
        lines += ["", f"![photo with the hole outlined, each fill, the truth]({sheet})"]
    return "\n".join(lines) + "\n"
