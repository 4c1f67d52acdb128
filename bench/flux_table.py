"""What ./run bench flux measured, as Markdown. Pure functions."""

OURS_SIZE, FRAME, JOB_STEPS = 512, 1024, 20
PEER_TEXT = 256  # rows of text that sd-cli always takes


def tokens(size, text):
    return (size // 16) ** 2 + text


def seconds(part, key):
    return "–" if part is None else f"{part[key]:.1f}" if part[key] < 100 else f"{part[key]:.0f}"


def ratio(theirs, ours, key="cpu"):
    return "–" if not theirs or not ours or not ours[key] else f"{theirs[key] / ours[key]:.2f} ×"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def line(size, what, ours, theirs):
    return row([f"{size}²", what, seconds(ours, "wall"), seconds(ours, "cpu"), seconds(theirs, "wall"),
                seconds(theirs, "cpu"), ratio(theirs, ours)])


def part_table(results):
    lines = [row(["picture", "part", "ours, wall s", "CPU s", "sd-cli, wall s", "CPU s", "sd-cli / ours, CPU"]),
             row(["---", "---"] + ["---:"] * 5)]
    for run in results["runs"]:
        ours, short, theirs = run["ours"], run["ours_short"], run.get("peer", {})
        step = theirs.get("step")
        lines.append(line(run["size"], f"step, {PEER_TEXT} rows of text", ours["step"], step))
        lines.append(line(run["size"], f"step, {results['text']} rows of text (sd-cli: {PEER_TEXT})", short["step"],
                          step))
        lines.append(line(run["size"], "VAE encoding (sd-cli: of two pictures)", ours["encode"], theirs.get("encode")))
        lines.append(line(run["size"], "VAE decoding", ours["decode"], theirs.get("decode")))
    return lines


def memory_table(results):
    lines = [row(["picture", "ours: peak MiB", "step's working memory", "VAE's", "loading, wall s", "sd-cli: peak MiB",
                  "loading, wall s", "sd-cli / ours, peak"]), row(["---"] + ["---:"] * 7)]
    for run in results["runs"]:
        ours, theirs = run["ours"], run.get("peer")
        own = [f"{run['size']}²", f"{ours['peak_mib']:.0f}", f"{ours['step']['graph_bytes'] / 2**20:.0f}",
               f"{ours['decode']['graph_bytes'] / 2**20:.0f}", seconds(ours["load"], "wall")]
        lines.append(row(own + ([f"{theirs['peak_mib']:.0f}", seconds(theirs.get("load"), "wall"),
                                 f"{theirs['peak_mib'] / ours['peak_mib']:.2f} ×"] if theirs else ["–"] * 3)))
    return lines


def at_size(runs, who, part, size, text, key):
    """Seconds of a part at a size and whether they were measured there: else those of the largest measured size below,
    by the number of tokens (step) or pixels (VAE), which leaves out that attention grows faster. None without any."""
    known = [run for run in runs if part in (run.get(who) or {}) and run["size"] <= size]
    if not known:
        return None
    run = max(known, key=lambda run: run["size"])
    grown = tokens(size, text) / tokens(run["size"], text) if part == "step" else (size / run["size"]) ** 2
    return run[who][part][key] * grown, run["size"] == size


def job_seconds(runs, who, size, text, key):
    """A whole job, and whether every part of it was measured at its size."""
    vae = "ours" if who == "ours_short" else who
    parts = [at_size(runs, name, part, size, text, key) for name, part in
             ((who, "step"), (vae, "encode"), (vae, "decode"))]
    if None in parts:
        return None
    return JOB_STEPS * parts[0][0] + parts[1][0] + parts[2][0], all(measured for _, measured in parts)


def job_lines(results):
    def cell(job):
        return "–" if job is None else f"{job[0]:.0f}" + ("" if job[1] else " (reckoned)")

    lines = []
    for key, name in (("wall", "wall s"), ("cpu", "CPU s")):
        ours = job_seconds(results["runs"], "ours_short", OURS_SIZE, results["text"], key)
        theirs = job_seconds(results["runs"], "peer", FRAME, PEER_TEXT, key)
        times = f"{theirs[0] / ours[0]:.1f} ×" if ours and theirs else "–"
        lines.append(row([name, cell(ours), cell(theirs), times]))
    return [row(["a job", f"ours, the hole's {OURS_SIZE}² window", f"sd-cli, the {FRAME}² frame", "sd-cli / ours"]),
            row(["---"] + ["---:"] * 3), *lines]


def markdown(results):
    runs = results["runs"]
    timed = ", ".join(f"{run['size']}²: ours {run['ours']['step']['timed']}, sd-cli "
                      f"{run['peer']['step']['timed'] if 'step' in run.get('peer', {}) else 0}" for run in runs)
    lines = [f"## FLUX.1-Fill, {results['when']}", "", f"{results['machine']}. {results['transformer']}, "
             f"{results['threads']} threads, {results['backend']}; {results['source']}.", "",
             f"    {results['command']}", "", *part_table(results), "",
             f"Steps timed, the first of each process apart where there are several: {timed}.", "",
             *memory_table(results), "",
             "Peak of the process. Ours held " + (f"T5 too at {runs[0]['size']}², before the transformer; " if runs and
                                                   results["has_text"] else "no T5; ") +
             "sd-cli holds every part all the time.", "", *job_lines(results), "",
             f"A photo of {FRAME} x {FRAME} with a hole of 15 %: {JOB_STEPS} x step + VAE of the times above, prompt "
             "known. Reckoned: from the largest measured size by tokens and pixels, which leaves out that attention "
             "grows faster."]
    lines += ["", *results["notes"]] if results["notes"] else []
    return "\n".join(lines) + "\n"
