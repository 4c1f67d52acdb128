"""A real NATS server for tests: started with a folder of its own, killed, stopped, started again on the same port."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def program():
    """The server that tools/test_tools.sh brought, or None."""
    tools = os.environ.get("PAWFECT_TEST_TOOLS")
    path = os.path.join(tools, "bin", "nats-server") if tools else None
    return path if path and os.path.exists(path) else None


class NatsServer:
    @classmethod
    def start_or_skip(cls, test):
        if not program():
            test.skipTest("there is no NATS server: tools/test_tools.sh brings one, PAWFECT_TEST_TOOLS names its folder")
        return cls().start()

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="pawfect-nats.")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self.config = os.path.join(self.folder, "nats.conf")
        with open(self.config, "w") as file:
            file.write(f'listen: "127.0.0.1:{self.port}"\n'
                       f'jetstream {{ store_dir: "{self.folder}/store", sync_interval: always }}\n')
        self.process = None

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen([program(), "-c", self.config], stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                    if link.recv(5) == b"INFO ":
                        return self
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise RuntimeError("the NATS server did not start")
            time.sleep(0.02)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        if self.process and self.process.poll() is None:
            self.go_on()
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
