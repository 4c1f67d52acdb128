"""The service as its users and its operators meet it: processes that are started, stopped, killed and paused, and a
client that speaks HTTP. For the end-to-end and fault tests, the soak and the benchmark. Standard library only."""

import http.client
import json
import os
import select
import signal
import subprocess
import tempfile
import time
import urllib.parse
import uuid

PROGRAM = os.environ.get("PAWFECT", "build/pawfect")
ENDED = ("done", "dead", "cancelled")


def toml(sections):
    """{"http": {"listen": "..."}} as TOML; what it holds needs no more than JSON's own forms."""
    lines = []
    for section, keys in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


def multipart(parts):
    """[(name, file name or None, bytes or text)] -> (content type, body)"""
    boundary = uuid.uuid4().hex
    body = bytearray()
    for name, file_name, data in parts:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if file_name:
            body += f'; filename="{file_name}"'.encode()
        body += b"\r\n\r\n" + (data if isinstance(data, bytes) else str(data).encode()) + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", bytes(body)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.body[:500]!r}"


class Client:
    """Requests to one address, each on a connection of its own unless `keep` is set."""

    def __init__(self, url, timeout=30, token=None):
        self.host = urllib.parse.urlsplit(url).netloc
        self.timeout, self.token = timeout, token

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.host, timeout=self.timeout)
        try:
            headers = dict(headers or {})
            if self.token:
                headers["Authorization"] = f"Bearer {self.token}"
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post_form(self, path, parts, headers=None):
        content_type, body = multipart(parts)
        return self.ask("POST", path, body, {"Content-Type": content_type, **(headers or {})})

    def new_session(self, photo):
        return self.ask("POST", "/v1/sessions", photo, {"Content-Type": "application/octet-stream"})

    def fill(self, session, mask, key=None, **options):
        parts = [("mask", "mask.png", mask)]
        if options:
            parts.append(("options", None, json.dumps(options)))
        return self.post_form(f"/v1/sessions/{session}/fills", parts, {"Idempotency-Key": key} if key else None)

    def job(self, job, wait=None):
        return self.get(f"/v1/jobs/{job}" + (f"?wait={wait}" if wait is not None else ""))

    def wait_until_ended(self, job, seconds=60):
        """The last status; raises when the job has not ended by then."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.job(job, wait=2)
            if answer.status == 200 and answer.json()["state"] in ENDED:
                return answer.json()
            if time.monotonic() > deadline:
                raise TimeoutError(f"job {job} has not ended after {seconds} s: {answer}")
            if answer.status != 200:
                time.sleep(0.2)


class Process:
    """One process of the service. Its stderr goes to a file; its stdout says where it listens."""

    def __init__(self, command, folder, name=None, environment=None, program=None, preexec_fn=None):
        self.name = name or command[0]
        self.command, self.folder = command, folder
        self.environment = {**os.environ, **(environment or {})}
        self.program = program or PROGRAM
        self.preexec_fn = preexec_fn
        self.log_path = os.path.join(folder, f"{self.name}.log")
        self.process, self.url, self.words = None, None, ""

    def start(self, wait=True):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.program, *self.command], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log, env=self.environment,
                                            preexec_fn=self.preexec_fn)
        if wait:
            self.wait_until_it_speaks()
        return self

    def wait_until_it_speaks(self, seconds=60):
        """Every process prints one line on stdout when it is ready: "pawfect serve is ready at http://127.0.0.1:8080"."""
        deadline = time.monotonic() + seconds
        line = b""
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, left))
            piece = os.read(self.process.stdout.fileno(), 1) if ready else b""
            if not piece:
                raise RuntimeError(f"{self.name} did not get ready (exit status {self.process.poll()}):\n{self.log()}")
            line += piece
        self.words = line.decode().strip()
        self.url = next((word for word in self.words.split() if word.startswith("http://")), None)

    def client(self, **options):
        return Client(self.url, **options)

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        if self.is_running():
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait(10)

    def stop(self, seconds=40):
        """As an operator does it; the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def go_on(self):
        self.signal(signal.SIGCONT)

    def wait(self, seconds):
        if self.process is None:
            return None
        status = self.process.wait(seconds)
        self.process.stdout.close()
        return status

    def children(self):
        """Process numbers of its engine and checker children."""
        try:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
                main = file.read().split()
        except OSError:
            return []
        found = set(main)
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{task}/children") as file:
                    found.update(file.read().split())
            except OSError:
                pass
        return [int(number) for number in found]


class Site:
    """A folder with a configuration and the processes that share it."""

    def __init__(self, settings=None, folder=None):
        self.folder = folder or tempfile.mkdtemp(prefix="pawfect-service.")
        self.settings = {"store": {"data": os.path.join(self.folder, "data")}, "http": {"listen": "127.0.0.1:0"}}
        for section, keys in (settings or {}).items():
            self.settings.setdefault(section, {}).update(keys)
        self.processes = []

    @property
    def config(self):
        path = os.path.join(self.folder, "pawfect.toml")
        with open(path, "w") as file:
            file.write(toml(self.settings))
        return path

    def start(self, command, *arguments, name=None, wait=True, **options):
        process = Process([command, "--config", self.config, *arguments], self.folder, name, **options)
        self.processes.append(process)
        return process.start(wait)

    def run(self, *arguments):
        """A command that ends: (status, stdout, stderr)."""
        done = subprocess.run([PROGRAM, *arguments, "--config", self.config], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def jobs(self, state="all"):
        """The store's own records, as `pawfect jobs list --json` prints them."""
        status, out, err = self.run("jobs", "list", "--state", state, "--json")
        if status != 0:
            raise RuntimeError(f"jobs list: exit status {status}: {err}")
        return [json.loads(line) for line in out.splitlines()]

    def letters(self):
        status, out, err = self.run("jobs", "list", "--letters", "--json")
        if status != 0:
            raise RuntimeError(f"jobs list --letters: exit status {status}: {err}")
        return [json.loads(line) for line in out.splitlines()]

    def close(self):
        for process in self.processes:
            if process.is_running():
                process.go_on()
                process.kill()
