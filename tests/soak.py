"""./run soak: the service under random faults for as long as it takes to have so many of them, then the books. Clients go
on sending, reading and cancelling all the while; processes are killed, paused and stopped, engines killed, the NATS server
too where it is the store. Ends with the counts, and with status 1 when a promise was broken."""

import argparse
import os
import random
import shutil
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nats_server  # noqa: E402
import pictures  # noqa: E402
from ledger import Ledger, table  # noqa: E402
from service import Site  # noqa: E402

SETTINGS = {
    "jobs": {"back_off": ["200ms", "500ms", "1s", "2s"], "shortest_lease": "3s", "lost_message": "3s",
             "longest_lost_message": "10s", "longest_look_again": "1s", "label_delays": ["200ms", "400ms", "800ms"],
             "label_wait": "4s", "shortest_label_delay": "100ms", "most_open": 60},
    "store": {"least_free": "0B"},
    "worker": {"threads": 1, "grace": "3s"},
    "labeler": {"listen": "127.0.0.1:0", "stand_in": "grass:0.9:0.8", "stand_in_delay": "300ms"},
}


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./run soak", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=200, help="how many (default 200)")
    parser.add_argument("--store", choices=("sqlite", "nats"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1, help="of the faults' order and moments (default 1)")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args(arguments)


class Soak:
    def __init__(self, options):
        self.options = options
        self.dice = random.Random(options.seed)
        self.site = Site(SETTINGS)
        self.ledger = Ledger()
        self.nats = None
        if options.store == "nats":
            self.nats = nats_server.NatsServer().start()
            self.site.settings["store"].update(kind="nats", nats_url=self.nats.url)
        self.labeler = self.site.start("labeler")
        self.site.settings["labeler"]["url"] = self.labeler.url
        self.api = self.site.start("api")
        # The address stays when the API is started again.
        self.site.settings["http"]["listen"] = self.api.url.removeprefix("http://")
        self.api.command = ["api", "--config", self.site.config]
        self.workers = [self.site.start("worker", name=f"worker{k}") for k in range(options.workers)]
        self.is_over = threading.Event()
        self.photo = pictures.textured(240, 180)
        self.mask = pictures.box_mask(240, 180, (40, 40, 180, 150))
        self.refused = 0

    def client(self, seed):
        """Sends jobs until the end; what it is promised goes into the books."""
        dice = random.Random(seed)
        client, session = self.api.client(timeout=20), None
        while not self.is_over.is_set():
            try:
                if session is None or dice.random() < 0.1:
                    made = client.new_session(self.photo)
                    session = made.json()["sessionId"] if made.status == 201 else None
                    continue
                key = f"{seed}-{dice.getrandbits(60)}"
                answer = None
                # As a careful client does it: the same key until there is an answer.
                while answer is None and not self.is_over.is_set():
                    try:
                        answer = client.fill(session, self.mask, key=key)
                    except OSError:
                        time.sleep(0.2)
                    if answer is not None and answer.status in (409, 503):
                        answer = None
                        time.sleep(0.3)
                if answer is None:
                    return
                if answer.status != 202:
                    self.refused += 1
                    session = None if answer.status in (404, 409, 410) else session
                    time.sleep(0.5)
                    continue
                job = answer.json()["jobId"]
                self.ledger.accept(job)
                if dice.random() < 0.1 and client.ask("DELETE", f"/v1/jobs/{job}").status == 200:
                    self.ledger.cancel(job)
                time.sleep(dice.uniform(0, 0.3))
            except (OSError, ValueError, KeyError):
                time.sleep(0.2)

    def fault(self):
        kinds = ["kill worker", "kill worker", "pause worker", "stop worker", "kill engine", "kill engine", "pause engine",
                 "kill api", "stop api", "kill labeler"] + (["kill nats", "pause nats"] if self.nats else [])
        kind = self.dice.choice(kinds)
        worker = self.dice.choice(self.workers)
        if kind == "kill worker":
            worker.kill()
            worker.start()
        elif kind == "stop worker":
            if worker.stop() != 0:
                raise RuntimeError(f"{worker.name} ended badly at SIGTERM:\n{worker.log()[-3000:]}")
            worker.start()
        elif kind == "pause worker":
            worker.pause()
            time.sleep(self.dice.choice((0.5, 5)))
            worker.go_on()
        elif kind in ("kill engine", "pause engine"):
            children = worker.children()
            if not children:
                return
            child = self.dice.choice(children)
            try:
                os.kill(child, signal.SIGKILL if kind == "kill engine" else signal.SIGSTOP)
            except ProcessLookupError:
                return
        elif kind in ("kill api", "stop api"):
            self.api.kill() if kind == "kill api" else self.api.stop()
            self.api.start()
        elif kind == "kill labeler":
            self.labeler.kill()
            time.sleep(0.5)
            self.labeler.command = ["labeler", "--config", self.site.config, "--listen",
                                    self.labeler.url.removeprefix("http://")]
            self.labeler.start()
        elif kind == "kill nats":
            self.nats.kill()
            time.sleep(self.dice.uniform(0, 2))
            self.nats.start()
        elif kind == "pause nats":
            self.nats.pause()
            time.sleep(self.dice.uniform(0.2, 3))
            self.nats.go_on()
        self.ledger.fault(kind)

    def start_what_has_ended(self):
        """A process may give up when its store is away as it starts; what runs it starts it again."""
        for process in [self.api, self.labeler, *self.workers]:
            if not process.is_running():
                process.start()

    def run(self):
        clients = [threading.Thread(target=self.client, args=(self.options.seed * 100 + k,)) for k in range(3)]
        for client in clients:
            client.start()
        begin = time.monotonic()
        try:
            while len(self.ledger.faults) < self.options.faults:
                time.sleep(self.dice.uniform(0.05, 0.8))
                try:
                    self.fault()
                except RuntimeError as error:
                    if "did not get ready" not in str(error) or not self.nats:
                        raise
                for _ in range(20):
                    try:
                        self.start_what_has_ended()
                        break
                    except RuntimeError:
                        time.sleep(0.5)
                if len(self.ledger.faults) % 20 == 0:
                    print(f"{time.monotonic() - begin:5.0f} s  faults {len(self.ledger.faults)}  "
                          f"accepted {len(self.ledger.accepted)}", flush=True)
        finally:
            self.is_over.set()
            for client in clients:
                client.join()
        deadline = time.monotonic() + 180
        while self.site.jobs("open") and time.monotonic() < deadline:
            time.sleep(0.5)
        time.sleep(4)  # letters are sent by whoever sweeps
        counts, broken = self.ledger.judge(self.site.jobs(), self.site.letters())
        kinds = {kind: self.ledger.faults.count(kind) for kind in sorted(set(self.ledger.faults))}
        print(f"{self.options.store}, seed {self.options.seed}, {time.monotonic() - begin:.0f} s: {table(counts)}")
        print("faults: " + table(kinds))
        for promise in broken:
            print(f"BROKEN {promise}")
        return 1 if broken else 0

    def close(self):
        self.site.close()
        if self.nats:
            self.nats.close()


def main():
    soak = Soak(parse(sys.argv[1:]))
    status = 1
    try:
        status = soak.run()
    finally:
        soak.close()
        if status == 0:
            shutil.rmtree(soak.site.folder, ignore_errors=True)
        else:
            print(f"logs are in {soak.site.folder}")
    sys.exit(status)


if __name__ == "__main__":
    main()
