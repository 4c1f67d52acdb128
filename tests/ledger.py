"""The books of a fault test: what clients were promised, held against what the store says at the end."""

import json
import threading


class Ledger:
    """Safe from any thread."""

    def __init__(self):
        self.lock = threading.Lock()
        self.accepted = []  # job ids, for every 202
        self.cancelled = set()  # that a client was told are cancelled
        self.faults = []

    def accept(self, job):
        with self.lock:
            self.accepted.append(job)

    def cancel(self, job):
        with self.lock:
            self.cancelled.add(job)

    def fault(self, what):
        with self.lock:
            self.faults.append(what)

    @staticmethod
    def text(message):
        """A job message as it stands in a queue."""
        return json.dumps(message, separators=(",", ":"))

    def judge(self, records, letters, most_attempts=5, most_requeues=3):
        """(counts, list of broken promises). `records` and `letters` as Site.jobs and Site.letters give them."""
        by_id = {record["message"]["jobId"]: record for record in records}
        lettered = {json.loads(letter["letter"])["message"]["jobId"] for letter in letters}
        broken = []
        counts = {"accepted": len(self.accepted), "done": 0, "dead": 0, "cancelled": 0, "lost": 0, "done twice": 0,
                  "faults": len(self.faults)}
        if len(set(self.accepted)) != len(self.accepted):
            broken.append("a job was promised twice")
        for job in sorted(set(self.accepted)):
            record = by_id.get(job)
            if record is None:
                counts["lost"] += 1
                broken.append(f"{job}: is in no store")
                continue
            state = record["state"]
            if state not in ("done", "dead", "cancelled"):
                counts["lost"] += 1
                broken.append(f"{job}: has not ended, it is {state}")
                continue
            counts[state] += 1
            whats = [entry["what"] for entry in record["history"]]
            if whats.count("done") > 1:
                counts["done twice"] += 1
                broken.append(f"{job}: is done {whats.count('done')} times")
            ends = sum(whats.count(end) for end in ("done", "died", "cancelled")) - whats.count("replayed")
            if ends != 1:
                broken.append(f"{job}: ended {ends} times: {whats}")
            if record["attemptsUsed"] > most_attempts:
                broken.append(f"{job}: {record['attemptsUsed']} attempts")
            if record["labelRequeues"] > most_requeues:
                broken.append(f"{job}: waited {record['labelRequeues']} times for labels")
            if state == "done" and not record["result"]:
                broken.append(f"{job}: is done without a result")
            if state == "dead" and job not in lettered:
                broken.append(f"{job}: is dead and has no letter")
            if job in self.cancelled and state != "cancelled":
                broken.append(f"{job}: its client was told that it is cancelled, it is {state}")
        return counts, broken


def table(counts):
    return "  ".join(f"{name} {count}" for name, count in counts.items())
