"""The service as a client meets it: pawfect serve and its parts as processes, real pictures, real engine."""

import hashlib
import http.client
import os
import shutil
import time
import unittest

import pictures
import service
from bad_input_test import bad_pictures

SIZE = 64
BOX = (20, 20, 40, 40)


def resident_kib(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status") as file:
                total += next((int(line.split()[1]) for line in file if line.startswith("VmHWM")), 0)
        except OSError:
            pass
    return total


def eventually(look, is_so, seconds=60):
    deadline = time.monotonic() + seconds
    while not is_so(found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not after {seconds} s; found {found}")
        time.sleep(0.1)
    return found


class ServiceTest(unittest.TestCase):
    def site(self, **settings):
        site = service.Site(settings)
        self.addCleanup(shutil.rmtree, site.folder)
        self.addCleanup(site.close)
        return site

    def setUp(self):
        self.photo = pictures.textured(SIZE, SIZE)
        self.mask = pictures.box_mask(SIZE, SIZE, BOX)

    def both(self, client, key=None, **options):
        parts = [("image", "photo.png", self.photo), ("mask", "mask.png", self.mask)]
        parts += [(name, None, str(value)) for name, value in options.items()]
        return client.post_form("/v1/fills", parts, {"Idempotency-Key": key} if key else None)


class AFill(ServiceTest):
    def test_goes_from_the_photo_to_the_picture(self):
        client = self.site().start("serve").client()
        session = client.new_session(self.photo)
        self.assertEqual(session.status, 201, session)
        self.assertEqual((session.json()["width"], session.json()["height"]), (SIZE, SIZE))
        accepted = client.fill(session.json()["sessionId"], self.mask, seed=7)
        self.assertEqual(accepted.status, 202, accepted)
        job = accepted.json()["jobId"]
        status = client.wait_until_ended(job)
        self.assertEqual(status["state"], "done", status)
        self.assertEqual(status["report"]["seed"], 7)
        self.assertEqual(status["report"]["engine"], "texture")
        result = client.get(status["result"])
        self.assertEqual(result.status, 200, result)
        self.assertEqual(result.headers["content-type"], "image/png")
        before, after = pictures.read_png(self.photo), pictures.read_png(result.body)
        self.assertEqual(before[:2], after[:2])
        self.assertNotEqual(before, after)

    def test_in_one_call_is_done_once_even_when_the_process_is_killed(self):
        site = self.site()
        process = site.start("api")
        first = self.both(process.client(), key="a-key", seed=3)
        self.assertEqual(first.status, 202, first)
        process.kill()
        client = site.start("serve", name="again").client()
        second = self.both(client, key="a-key", seed=3)
        self.assertEqual(second.status, 202, second)
        self.assertEqual(second.body, first.body)
        self.assertEqual(second.headers["idempotency-replayed"], "true")
        self.assertEqual(self.both(client, key="a-key", seed=4).status, 422)
        self.assertEqual(client.wait_until_ended(first.json()["jobId"])["state"], "done")
        self.assertEqual(len(site.jobs()), 1)

    def test_is_followed_by_its_events(self):
        process = self.site().start("serve")
        job = self.both(process.client()).json()["jobId"]
        connection = http.client.HTTPConnection(process.client().host, timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", f"/v1/jobs/{job}/events")
        answer = connection.getresponse()
        self.assertEqual(answer.getheader("content-type"), "text/event-stream")
        lines = answer.read().decode().splitlines()
        names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
        self.assertEqual(names[-1], "done")
        self.assertLessEqual(set(names), {"state", "progress", "queue", "done"})
        self.assertIn('"state":"done"', lines[-2] + lines[-1])

    def test_crosses_processes_that_share_a_folder(self):
        site = self.site()
        client = site.start("api").client()
        waiting, cancelled = self.both(client).json()["jobId"], self.both(client).json()["jobId"]
        self.assertEqual(client.job(waiting).json()["state"], "queued")
        self.assertEqual(client.ask("DELETE", f"/v1/jobs/{cancelled}").json()["state"], "cancelled")
        site.start("worker")
        self.assertEqual(client.wait_until_ended(waiting)["state"], "done")
        self.assertEqual(client.get(f"/v1/jobs/{waiting}/result").status, 200)
        self.assertEqual(client.get(f"/v1/jobs/{cancelled}/result").status, 409)


class Uploads(ServiceTest):
    def test_that_are_no_good_are_refused_and_cost_nothing(self):
        process = self.site().start("serve")
        client = process.client()
        session = client.new_session(self.photo).json()["sessionId"]
        before = resident_kib([process.process.pid])
        for name, (data, words) in bad_pictures().items():
            with self.subTest(name=name):
                photo = client.ask("POST", "/v1/sessions", data, {"Content-Type": "image/png"})
                self.assertEqual(photo.status, 422, photo)
                self.assertEqual(photo.json()["type"], "/problems/bad-image")
                for word in words:
                    self.assertIn(word, photo.json()["detail"])
                self.assertEqual(client.fill(session, data).status, 422)
        self.assertLess(resident_kib([process.process.pid]) - before, 60 * 1024)
        self.assertEqual(client.new_session(self.photo).status, 201, "the service goes on")
        self.assertEqual(os.listdir(os.path.join(process.folder, "data", "spool")), [])

    def test_over_the_limit_are_cut_off(self):
        process = self.site(uploads={"most_bytes": "1MiB"}).start("serve")
        client = process.client()
        before = resident_kib([process.process.pid])
        answer = client.ask("POST", "/v1/sessions", bytes(3 << 20), {"Content-Type": "image/png"})
        self.assertEqual(answer.status, 413, answer)
        limit = client.get("/v1/capabilities").json()["limits"]["uploadBytes"]
        self.assertEqual(limit, 1 << 20)
        self.assertLess(resident_kib([process.process.pid]) - before, 40 * 1024)


class Tokens(ServiceTest):
    def test_keep_clients_apart(self):
        digest = {name: hashlib.sha256(f"secret-{name}".encode()).hexdigest() for name in ("anna", "bert")}
        site = self.site(**{"[token]": {"name": "anna", "sha256": digest["anna"]}})
        with open(site.config, "a") as file:
            file.write(f'[[token]]\nname = "bert"\nsha256 = "{digest["bert"]}"\n')
        # Site.config writes the file anew; this one is kept.
        process = service.Process(["api", "--config", os.path.join(site.folder, "pawfect.toml")], site.folder, "api")
        site.processes.append(process)
        process.start()
        anna, bert = process.client(token="secret-anna"), process.client(token="secret-bert")
        job = self.both(anna).json()["jobId"]
        self.assertEqual(anna.job(job).status, 200)
        self.assertEqual(bert.job(job).status, 404)
        self.assertEqual(process.client().job(job).status, 401)
        self.assertNotIn("secret", process.log())


class Expiry(ServiceTest):
    def test_takes_sessions_and_results(self):
        site = self.site(expiry={"session": "2s", "sweep": "1s", "remembered": "1h"})
        client = site.start("serve").client()
        accepted = self.both(client)
        job, session = accepted.json()["jobId"], accepted.json()["sessionId"]
        self.assertEqual(client.wait_until_ended(job)["state"], "done")
        gone = eventually(lambda: client.get(f"/v1/jobs/{job}/result"), lambda answer: answer.status == 410)
        self.assertIn("expiredAt", gone.json())
        self.assertEqual(client.get(f"/v1/sessions/{session}").status, 410)
        blobs = os.path.join(site.folder, "data", "blobs")
        eventually(lambda: [names for _, _, names in os.walk(blobs) if names], lambda found: not found)


class Stopping(ServiceTest):
    def test_ends_with_0_and_gives_back_what_waits(self):
        site = self.site()
        process = site.start("api")
        job = self.both(process.client()).json()["jobId"]
        self.assertEqual(process.client().get("/readyz").status, 200)
        self.assertEqual(process.stop(), 0)
        self.assertEqual(site.start("serve").client().wait_until_ended(job)["state"], "done")


if __name__ == "__main__":
    unittest.main()
