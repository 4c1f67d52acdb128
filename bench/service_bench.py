"""./run bench service: requests a second and their times, for status reads, uploads of 2 MB and job creation; queues;
memory; start. Ours and a FastAPI server that does the same work (bench/service_peer.py), one after the other on the same
machine. Prints a table as Markdown; docs/benchmarks.md says what the numbers mean."""

import argparse
import datetime
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.join(ROOT, "bench")]
import nats_server  # noqa: E402
from fill_bench import PAGE, machine, source  # noqa: E402
from service import Client, Site, multipart  # noqa: E402

POSTERS = 8  # connections that send pictures at once
SESSIONS = 64  # that jobs are created on, in turn: clients do not all work on one photo
POSTS = """
local file = io.open("{body}", "rb")
local body = file:read("*all")
file:close()
local paths = {{ {paths} }}
local next = 0
request = function()
  next = next % #paths + 1
  return wrk.format("POST", paths[next], {{["Content-Type"] = "{content_type}"}}, body)
end
"""


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./run bench service", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement (default 8)")
    parser.add_argument("--connections", type=int, default=32, help="at once (default 32)")
    parser.add_argument("--streams", type=int, default=500, help="idle event streams (default 500)")
    parser.add_argument("--photo", default=os.path.join(ROOT, "examples", "friends.jpg"), metavar="FILE")
    parser.add_argument("--write", action="store_true", help="append the table to docs/benchmarks.md")
    return parser.parse_args(arguments)


def put(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def memory_kib(pid):
    """Resident memory of a process and of all its descendants."""
    total, todo = 0, [pid]
    while todo:
        number = todo.pop()
        try:
            with open(f"/proc/{number}/status") as file:
                total += int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
            for task in os.listdir(f"/proc/{number}/task"):
                with open(f"/proc/{number}/task/{task}/children") as file:
                    todo += [int(child) for child in file.read().split()]
        except (OSError, TypeError):
            pass
    return total


def two_megabytes(photo, folder):
    """The photo with a JPEG comment that brings it to 2 MB: the same decoding for both, the same bytes on the wire."""
    with open(photo, "rb") as file:
        data = file.read()
    while len(data) < 2_000_000:
        size = min(60_000, 2_000_000 - len(data))
        data = data[:2] + b"\xff\xfe" + (size + 2).to_bytes(2, "big") + bytes(size) + data[2:]
    path = os.path.join(folder, "photo.jpg")
    with open(path, "wb") as file:
        file.write(data)
    return path


def wrk(url, options, connections, script=None):
    """(requests a second, p50 ms, p99 ms) of GETs, or of what the script says."""
    more = ["-s", script] if script else []
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{options.seconds}s", "--latency", "--timeout", "20s",
                          *more, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        raise RuntimeError(f"wrk saw errors:\n{out}")

    def ms(percent):
        value, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), ms(50), ms(99)


def hey(url, body, content_type, status, options):
    """The same of POSTs; every answer must have that status."""
    out = subprocess.run(["hey", "-z", f"{options.seconds}s", "-c", str(POSTERS), "-m", "POST", "-D", body,
                          "-T", content_type, "-t", "60", url], capture_output=True, text=True, check=True).stdout
    statuses = dict(re.findall(r"\[(\d+)\]\s+(\d+) responses", out))
    if set(statuses) != {str(status)}:
        raise RuntimeError(f"hey saw {statuses}, not only {status}:\n{out}")
    times = {percent: float(seconds) * 1000 for percent, seconds in re.findall(r"(\d+)% in ([\d.]+) secs", out)}
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), times["50"], times["99"]


def form_file(folder, name, field, file_name, data):
    content_type, body = multipart([(field, file_name, data)])
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(body)
    return path, content_type


def measure(client, url, pid, folder, options):
    """All that both servers do."""
    found = {"idle MiB": memory_kib(pid) / 1024}
    with open(two_megabytes(options.photo, folder), "rb") as file:
        photo = file.read()
    with open(options.photo.replace(".jpg", ".mask.png"), "rb") as file:
        mask = file.read()
    upload, upload_type = form_file(folder, "upload", "image", "photo.jpg", photo)
    fill, fill_type = form_file(folder, "fill", "mask", "mask.png", mask)
    content_type, body = multipart([("image", "photo.jpg", photo)])
    put("uploads")
    found["upload"] = hey(f"{url}/v1/sessions", upload, upload_type, 201, options)
    put("jobs")
    content_type, body = multipart([("image", "photo.jpg", photo)])
    sessions = [client.ask("POST", "/v1/sessions", body, {"Content-Type": content_type}).json()["sessionId"]
                for _ in range(SESSIONS)]
    script = os.path.join(folder, "jobs.lua")
    with open(script, "w", encoding="utf-8") as file:
        file.write(POSTS.format(body=fill, content_type=fill_type,
                                paths=", ".join(f'"/v1/sessions/{session}/fills"' for session in sessions)))
    found["job"] = wrk(url, options, POSTERS, script)
    content_type, body = multipart([("mask", "mask.png", mask)])
    job = client.ask("POST", f"/v1/sessions/{sessions[0]}/fills", body, {"Content-Type": content_type}).json()["jobId"]
    put("status reads")
    found["status"] = wrk(f"{url}/v1/jobs/{job}", options, options.connections)
    found["busy MiB"] = memory_kib(pid) / 1024
    return found, job


def stream_kib(site_url, job, pid, count):
    """Memory per idle event stream."""
    host, port = site_url.removeprefix("http://").split(":")
    before = memory_kib(pid)
    sockets = []
    for _ in range(count):
        link = socket.create_connection((host, int(port)))
        link.sendall(f"GET /v1/jobs/{job}/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        sockets.append(link)
    for link in sockets:
        link.settimeout(30)
        if not link.recv(4096).startswith(b"HTTP/1.1 200"):
            raise RuntimeError("an event stream was refused")
    after = memory_kib(pid)
    for link in sockets:
        link.close()
    return (after - before) / count


def ours(options, folder):
    put("ours")
    site = Site({"jobs": {"most_open": 100_000}, "log": {"level": "warning"}}, folder)
    try:
        api = site.start("api")
        found, job = measure(api.client(), api.url, api.process.pid, folder, options)
        found["stream KiB"] = stream_kib(api.url, job, api.process.pid, options.streams)
    finally:
        site.close()
    return found


def start_ms():
    """From the exec of `pawfect serve` to its ready line and a 200 of /readyz: the best of five."""
    times = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            site = Site(folder=folder)
            begin = time.monotonic()
            service = site.start("serve")
            ready = service.client().get("/readyz").status
            times.append((time.monotonic() - begin) * 1000)
            service.stop()
            if ready != 200:
                raise RuntimeError(f"/readyz answered {ready}")
    return min(times)


def peer(options, folder):
    put("the peer")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    uvicorn = os.path.join(ROOT, "bench-out", "service-venv", "bin", "uvicorn")
    begin = time.monotonic()
    process = subprocess.Popen([uvicorn, "service_peer:app", "--port", str(port), "--log-level", "error"],
                               cwd=os.path.join(ROOT, "bench"), env={**os.environ, "PEER_DATA": folder})
    try:
        client = Client(f"http://127.0.0.1:{port}", timeout=60)
        while True:
            try:
                client.get("/healthz")
                break
            except OSError:
                time.sleep(0.01)
        started = (time.monotonic() - begin) * 1000
        found, _ = measure(client, f"http://127.0.0.1:{port}", process.pid, folder, options)
        found["start ms"] = started
    finally:
        process.kill()
        process.wait()
    return found


def queue_rates():
    """{"sqlite": (put a second, take and acknowledge a second), ...} as the program prints it."""
    put("queues")
    nats = nats_server.NatsServer().start() if nats_server.program() else None
    try:
        out = subprocess.run([os.path.join(ROOT, "build", "queue_rate"), *([nats.url] if nats else [])],
                             capture_output=True, text=True, check=True).stdout
    finally:
        if nats:
            nats.close()
    return {name: (float(puts), float(takes)) for name, puts, takes in re.findall(r"(\w+) ([\d.]+) ([\d.]+)", out)}


def markdown(mine, theirs, queues):
    def row(name, key, index, unit, more_is_better=True):
        a, b = (mine[key], theirs[key]) if index is None else (mine[key][index], theirs[key][index])
        ratio = a / b if more_is_better else b / a
        return f"| {name} | {a:.3g} {unit} | {b:.3g} {unit} | {ratio:.1f} |"
    lines = ["| | pawfect | FastAPI + uvicorn | times better |", "| --- | --- | --- | --- |"]
    for name, key in (("status reads", "status"), ("uploads of 2 MB", "upload"), ("jobs created", "job")):
        lines += [row(name, key, 0, "a second"), row(f"{name}, p50", key, 1, "ms", False),
                  row(f"{name}, p99", key, 2, "ms", False)]
    lines += [row("memory, idle, with children", "idle MiB", None, "MiB", False),
              row("memory after the load", "busy MiB", None, "MiB", False),
              row("start to ready", "start ms", None, "ms", False),
              f"| memory per idle event stream | {mine['stream KiB']:.1f} KiB | - | - |"]
    lines += [f"| queue on {name} | {puts:.0f} put, {takes:.0f} taken and acknowledged a second | - | - |"
              for name, (puts, takes) in queues.items()]
    return "\n".join(lines)


def main():
    options = parse(sys.argv[1:])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    work = os.path.join(ROOT, "bench-out", "service")
    shutil.rmtree(work, ignore_errors=True)
    for name in ("ours", "peer"):
        os.makedirs(os.path.join(work, name))
    mine = ours(options, os.path.join(work, "ours"))
    theirs = peer(options, os.path.join(work, "peer"))
    mine["start ms"] = start_ms()
    text = markdown(mine, theirs, queue_rates())
    when = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
    text = f"### Service, {when}\n\n{machine()}; {source()}; `./run bench service {' '.join(sys.argv[1:])}`\n\n{text}\n"
    print(text)
    if options.write:
        with open(PAGE, "a", encoding="utf-8") as page:
            page.write("\n" + text)
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
