"""What the service does when its processes are killed, stopped, starved or left alone: the scenarios of docs/service.md,
each with the books done at the end. On SQLite, and on NATS where its server is there."""

import os
import random
import shutil
import signal
import socket
import sqlite3
import threading
import time
import unittest

import nats_server
import pictures
from fault_proxy import FaultProxy
from ledger import Ledger, table
from service import Site, multipart

# The same rules as ever, only quicker.
QUICK = {
    "jobs": {"back_off": ["100ms", "200ms", "300ms", "500ms"], "shortest_lease": "2s", "lost_message": "2s",
             "longest_look_again": "1s", "label_delays": ["200ms", "400ms", "800ms"], "label_wait": "4s",
             "shortest_label_delay": "100ms"},
    "store": {"least_free": "0B"},
    "log": {"level": "debug"},
    "worker": {"threads": 1},
}
WIDTH, HEIGHT = 320, 240
PHOTO = pictures.textured(WIDTH, HEIGHT)
MASK = pictures.box_mask(WIDTH, HEIGHT, (60, 60, 230, 200))


class Faults(unittest.TestCase):
    store = "sqlite"

    def setUp(self):
        self.site = Site(QUICK)
        self.addCleanup(self.clean_up)
        self.ledger = Ledger()
        self.nats = None
        if self.store == "nats":
            self.nats = nats_server.NatsServer.start_or_skip(self)
            self.site.settings["store"].update(kind="nats", nats_url=self.nats.url)

    def clean_up(self):
        # What went wrong is in the logs.
        result = self._outcome.result
        failed = any(test is self for test, _ in result.failures + result.errors)
        self.site.close()
        if failed:
            for process in self.site.processes:
                print(f"---- {process.name}\n{process.log()[-6000:]}")
        if self.nats:
            self.nats.close()
        shutil.rmtree(self.site.folder, ignore_errors=True)

    def accept(self, client, session=None, **options):
        """A job that the client was promised."""
        session = session or client.new_session(PHOTO).json()["sessionId"]
        answer = client.fill(session, MASK, **options)
        self.assertEqual(answer.status, 202, answer)
        job = answer.json()["jobId"]
        self.ledger.accept(job)
        return job

    def wait_until_open(self, count, seconds=60):
        deadline = time.monotonic() + seconds
        while len(open_jobs := self.site.jobs("open")) > count:
            self.assertLess(time.monotonic(), deadline, f"still open: {open_jobs}")
            time.sleep(0.1)

    def settle(self, seconds=60):
        """Waits until nothing is open, letters are sent, and does the books."""
        self.wait_until_open(0, seconds)
        deadline = time.monotonic() + 15
        while True:
            counts, broken = self.ledger.judge(self.site.jobs(), self.site.letters())
            if not broken or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        print(f"{self.id().split('.', 1)[1]}: {table(counts)}")
        self.assertEqual(broken, [])
        return counts

    def eventually(self, condition, what, seconds=30):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)
        return found

    def engine_of(self, process, but=()):
        """The process number of an engine child."""
        def find():
            for child in process.children():
                try:
                    with open(f"/proc/{child}/cmdline") as file:
                        if "engine-child" in file.read() and child not in but:
                            return child
                except OSError:
                    pass
            return None
        return self.eventually(find, "there is no engine child")

    def record(self, job):
        return next(record for record in self.site.jobs() if record["message"]["jobId"] == job)


class Apart(Faults):
    """API and workers as processes of their own."""

    def start(self, workers=1):
        self.api = self.site.start("api")
        self.workers = [self.site.start("worker", name=f"worker{k}") for k in range(workers)]
        return self.api.client()

    def test_a_worker_killed_at_any_moment_costs_an_attempt_and_no_job(self):
        client = self.start()
        session = client.new_session(PHOTO).json()["sessionId"]
        jobs = [self.accept(client, session, seed=seed) for seed in range(6)]
        moments = random.Random(7)
        for _ in range(4):
            time.sleep(moments.uniform(0.05, 0.6))
            self.workers[0].kill()
            self.ledger.fault("worker killed")
            self.workers[0].start()
        counts = self.settle()
        self.assertEqual(counts["done"], len(jobs))
        for job in jobs:
            self.assertEqual(pictures.read_png(client.get(f"/v1/jobs/{job}/result").body)[0:2], (WIDTH, HEIGHT))

    def test_a_worker_that_hangs_loses_its_job_and_its_late_result_is_refused(self):
        client = self.start()
        job = self.accept(client)
        self.eventually(lambda: client.job(job).json()["state"] == "running", "the job does not start")
        # The process that holds the lease is stopped; its engine goes on to the end.
        self.workers[0].pause()
        self.ledger.fault("worker paused")
        second = self.site.start("worker", name="second")
        status = client.wait_until_ended(job)
        self.assertEqual(status["state"], "done")
        self.assertEqual(status["attempt"], 2)
        self.workers[0].go_on()
        time.sleep(1)  # in which a late result would be stored
        results = os.path.join(self.site.folder, "data", "blobs", "results", job)
        self.eventually(lambda: len(os.listdir(results)) == 1, "the late result's file is still there")
        self.assertEqual(self.settle()["done twice"], 0)
        self.assertEqual(second.stop(), 0)

    def test_an_engine_that_crashes_or_hangs_costs_an_attempt_and_the_worker_lives(self):
        client = self.start()
        first = self.engine_of(self.workers[0])
        job = self.accept(client)
        self.eventually(lambda: client.job(job).json()["state"] == "running", "the job does not start")
        os.kill(first, signal.SIGKILL)
        self.ledger.fault("engine killed")
        self.assertEqual(client.wait_until_ended(job)["state"], "done")
        second = self.engine_of(self.workers[0], but=(first,))
        hung = self.accept(client)
        self.eventually(lambda: client.job(hung).json()["state"] == "running", "the job does not start")
        os.kill(second, signal.SIGSTOP)
        self.ledger.fault("engine stopped")
        self.assertEqual(client.wait_until_ended(hung)["state"], "done")
        whats = {entry["detail"] for entry in self.record(hung)["history"] if entry["what"] == "failed"}
        self.assertTrue(any("stalled" in what or "progress" in what for what in whats), whats)
        self.assertTrue(self.workers[0].is_running())
        self.settle()

    def test_five_crashes_end_in_the_dead_letter_topic_and_a_replay_begins_anew(self):
        client = self.start()
        job = self.accept(client)
        seen = set()
        while client.job(job).json()["state"] not in ("done", "dead"):
            if client.job(job).json()["state"] == "running":
                child = self.engine_of(self.workers[0], but=seen)
                os.kill(child, signal.SIGKILL)
                seen.add(child)
                self.ledger.fault("engine killed")
            time.sleep(0.02)
        status = client.job(job).json()
        self.assertEqual(status["state"], "dead", status)
        self.assertEqual(status["attempts"], 5)
        counts = self.settle()
        self.assertEqual(counts["dead"], 1)
        letter = self.site.letters()[0]
        self.assertIn(job, letter["letter"])
        status, out, err = self.site.run("jobs", "replay", job)
        self.assertEqual(status, 0, err)
        # The API hears of what was done behind its back a moment later.
        self.eventually(lambda: client.job(job).json()["state"] != "dead", "the replay is not seen")
        self.assertEqual(client.wait_until_ended(job)["state"], "done")
        self.assertEqual(self.site.letters(), [])
        self.assertEqual(self.settle()["done"], 1)

    def test_without_labels_the_job_waits_no_longer_than_it_may_and_is_done_with_the_empty_prompt(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        self.site.settings["labeler"] = {"url": f"http://127.0.0.1:{port}"}  # nobody is there: SAM 3 is switched off
        client = self.start()
        begin = time.monotonic()
        job = self.accept(client)
        status = client.wait_until_ended(job)
        self.assertEqual((status["state"], status["promptSource"]), ("done", "empty"))
        self.assertLess(time.monotonic() - begin, 30)
        record = self.record(job)
        self.assertEqual(record["attemptsUsed"], 1, "waiting for labels costs no attempt")
        self.assertTrue(1 <= record["labelRequeues"] <= 3, record["labelRequeues"])
        self.settle()

    def test_a_labeler_that_answers_in_time_gives_the_prompt(self):
        self.site.settings["labeler"] = {"listen": "127.0.0.1:0", "stand_in": "grass:0.9:0.8", "stand_in_delay": "300ms"}
        labeler = self.site.start("labeler")
        self.site.settings["labeler"]["url"] = labeler.url
        client = self.start()
        status = client.wait_until_ended(self.accept(client))
        self.assertEqual((status["state"], status["promptSource"]), ("done", "labels"))
        self.settle()

    def test_two_workers_and_the_same_message_many_times_make_one_result(self):
        client = self.start(workers=2)
        job = self.accept(client)
        if self.store == "sqlite":
            # The message again and again, as no queue should but every queue may.
            with sqlite3.connect(os.path.join(self.site.folder, "data", "queue.db"), timeout=10) as queue:
                payload = self.site.jobs()[0]["message"]
                for _ in range(5):
                    queue.execute("INSERT INTO message (payload, due) VALUES (?, 0)", (Ledger.text(payload),))
        status = client.wait_until_ended(job)
        self.assertEqual((status["state"], status["attempt"]), ("done", 1))
        self.eventually(lambda: metric(client, "pawfect_queue_length") == 0, "messages stay in the queue")
        self.settle()

    def test_sigterm_finishes_or_gives_back_and_costs_no_attempt(self):
        client = self.start()
        jobs = [self.accept(client) for _ in range(3)]
        self.eventually(lambda: client.job(jobs[0]).json()["state"] != "queued", "nothing starts")
        self.assertEqual(self.workers[0].stop(), 0)
        self.ledger.fault("SIGTERM")
        self.workers[0].start()
        self.settle()
        for job in jobs:
            self.assertEqual(self.record(job)["attemptsUsed"], 1)

    def test_a_cancelled_job_stays_cancelled(self):
        client = self.start()
        jobs = [self.accept(client) for _ in range(3)]
        for job in jobs[1:]:
            answer = client.ask("DELETE", f"/v1/jobs/{job}")
            if answer.status == 200:
                self.ledger.cancel(job)
        self.settle()
        self.assertGreater(len(self.ledger.cancelled), 0)


class ApartOnNats(Apart):
    store = "nats"

    def test_the_server_killed_and_back_loses_nothing(self):
        client = self.start()
        session = client.new_session(PHOTO).json()["sessionId"]
        accepted = 0
        for round in range(3):
            for _ in range(2):
                answer = client.fill(session, MASK)
                self.assertIn(answer.status, (202, 503), answer)
                if answer.status == 202:
                    self.ledger.accept(answer.json()["jobId"])
                    accepted += 1
            self.nats.kill()
            self.ledger.fault("NATS killed")
            answer = client.fill(session, MASK)
            self.assertEqual(answer.status, 503, "a store that is away promises nothing")
            self.assertIn("retry-after", answer.headers)
            self.nats.start()
        self.assertGreater(accepted, 0)
        self.settle(90)


    def test_an_acknowledgement_that_is_lost_costs_nothing(self):
        proxy = FaultProxy(self.nats.port)
        self.addCleanup(proxy.close)
        self.api = self.site.start("api")
        self.site.settings["store"]["nats_url"] = f"nats://127.0.0.1:{proxy.port}"
        lost = proxy.drop(rb"PUB \$JS\.ACK\.[^\r]*\r\n\+ACK\r\n")
        self.site.start("worker")
        self.site.settings["store"]["nats_url"] = self.nats.url
        client = self.api.client()
        jobs = [self.accept(client) for _ in range(2)]
        for job in jobs:
            self.assertEqual(client.wait_until_ended(job)["state"], "done")
        self.eventually(lambda: lost() == 1, "no acknowledgement was lost")
        self.ledger.fault("acknowledgement lost")
        self.settle()
        for job in jobs:
            self.assertEqual(self.record(job)["attemptsUsed"], 1)

    def test_a_connection_that_is_cut_and_held_comes_back(self):
        proxy = FaultProxy(self.nats.port)
        self.addCleanup(proxy.close)
        self.api = self.site.start("api")
        self.site.settings["store"]["nats_url"] = f"nats://127.0.0.1:{proxy.port}"
        self.site.start("worker")
        self.site.settings["store"]["nats_url"] = self.nats.url
        client = self.api.client()
        for fault in (proxy.cut, proxy.hold):
            job = self.accept(client)
            fault()
            self.ledger.fault("connection lost")
            time.sleep(1)
            proxy.mend()
            self.assertEqual(client.wait_until_ended(job)["state"], "done")
        self.settle()


class InOne(Faults):
    """`pawfect serve`: everything in one process."""

    def test_killed_and_started_again_it_goes_on_at_once(self):
        serve = self.site.start("serve")
        client = serve.client()
        session = client.new_session(PHOTO).json()["sessionId"]
        jobs = [self.accept(client, session, seed=seed) for seed in range(5)]
        for seed in range(3):
            time.sleep(random.Random(seed).uniform(0.05, 0.5))
            serve.kill()
            self.ledger.fault("serve killed")
            serve.start()
        self.assertEqual(self.settle()["done"], len(jobs))

    def test_the_same_key_before_and_after_a_kill_is_one_job(self):
        serve = self.site.start("serve")
        session = serve.client().new_session(PHOTO).json()["sessionId"]
        first = serve.client().fill(session, MASK, key="once")
        self.assertEqual(first.status, 202, first)
        self.ledger.accept(first.json()["jobId"])
        serve.kill()
        serve.start()
        second = serve.client().fill(session, MASK, key="once")
        self.assertEqual((second.status, second.json()), (202, first.json()))
        self.assertEqual(second.headers.get("idempotency-replayed"), "true")
        self.settle()
        self.assertEqual(len(self.site.jobs()), 1)

    def test_killed_in_the_middle_of_uploads_it_leaves_nothing_half(self):
        serve = self.site.start("serve")
        host, port = serve.url.removeprefix("http://").split(":")
        content_type, body = multipart([("image", "photo.png", PHOTO), ("mask", "mask.png", MASK)])
        links = []
        for k in range(8):
            link = socket.create_connection((host, int(port)))
            head = f"POST /v1/fills HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
            link.sendall(head.encode() + body[:len(body) * k // 8])
            links.append(link)
        spool = os.path.join(self.site.folder, "data", "spool")
        self.eventually(lambda: len(os.listdir(spool)) >= 5, "no upload is on its way")
        serve.kill()
        for link in links:
            link.close()
        serve.start()
        self.assertEqual(os.listdir(spool), [])
        self.assertEqual(self.site.jobs(), [])
        self.accept(serve.client())
        self.settle()

    def test_a_second_serve_on_the_same_folder_is_refused(self):
        self.site.start("serve")
        status, out, err = self.site.run("serve")
        self.assertEqual(status, 2, err)
        self.assertIn("another pawfect works in it", err)

    def test_500_slow_clients_do_not_keep_a_normal_one_waiting(self):
        serve = self.site.start("serve")
        host, port = serve.url.removeprefix("http://").split(":")
        links = [socket.create_connection((host, int(port))) for _ in range(500)]
        stop = threading.Event()

        def drip():
            head = b"GET /v1/capabilities HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 1000
            for k in range(len(head)):
                for link in links:
                    try:
                        link.send(head[k:k + 1])
                    except OSError:
                        pass
                if stop.wait(0.2):
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            client = serve.client(timeout=10)
            for _ in range(20):
                self.assertEqual(client.get("/v1/capabilities").status, 200)
            self.assertEqual(client.wait_until_ended(self.accept(client))["state"], "done")
        finally:
            stop.set()
            thread.join()
            for link in links:
                link.close()
        self.settle()

    def test_a_client_that_goes_away_does_not_take_its_job_with_it(self):
        serve = self.site.start("serve")
        client = serve.client()
        job = self.accept(client)
        host, port = serve.url.removeprefix("http://").split(":")
        for path in (f"/v1/jobs/{job}?wait=30", f"/v1/jobs/{job}/events"):
            link = socket.create_connection((host, int(port)))
            link.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            time.sleep(0.05)
            link.close()
        self.assertEqual(client.wait_until_ended(job)["state"], "done")
        self.settle()


def metric(client, name):
    """The value of a metric without labels."""
    for line in client.get("/metrics").body.decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    return None

