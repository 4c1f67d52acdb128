"""The running service held to its own description: schemathesis makes requests out of /openapi.json, right and wrong
ones, and looks whether every answer is one that the description names. It comes from an environment of its own, which
PAWFECT_TEST_TOOLS names (tools/test_tools.sh makes it)."""

import json
import os
import shutil
import subprocess
import unittest

import pictures
import service

TOOLS = os.environ.get("PAWFECT_TEST_TOOLS", "")
SCHEMATHESIS = os.path.join(TOOLS, "bin", "schemathesis")
HERE = os.path.dirname(os.path.abspath(__file__))
# Right in form and still refused, for what no schema can tell: a picture, an id, a state.
REFUSALS = ["2xx", "304", "404", "409", "410", "412", "416", "422", "429"]
CONFIG = f"""
hooks = {json.dumps(os.path.join(HERE, "schema_hooks.py"))}
max-stream-events = 5
[checks.positive_data_acceptance]
expected-statuses = {json.dumps(REFUSALS)}
"""


def strict(document, capabilities):
    """The description without its catch-alls, and with the bounds that this service adds."""
    for operations in document["paths"].values():
        for operation in operations.values():
            del operation["responses"]["default"]
            # The server's own word on a method that the address does not take.
            operation["responses"].setdefault("405", {"$ref": "#/components/responses/NotHttp"})
            for parameter in operation.get("parameters", []):
                if parameter.get("name") == "wait":
                    parameter["schema"]["maximum"] = capabilities["limits"]["waitSeconds"]
    words = capabilities["options"]["steps"]["allowed"].split()
    document["components"]["schemas"]["FillOptions"]["properties"]["steps"]["maximum"] = int(words[-1])
    return document


@unittest.skipUnless(os.path.exists(SCHEMATHESIS), "PAWFECT_TEST_TOOLS names no environment with schemathesis")
class TheService(unittest.TestCase):
    def setUp(self):
        self.site = service.Site({"http": {"longest_wait": "2s"}, "jobs": {"most_open": 20}})
        self.addCleanup(shutil.rmtree, self.site.folder)
        self.addCleanup(self.site.close)
        self.process = self.site.start("serve")
        self.client = self.process.client()

    def new_job(self, session, mask):
        answer = self.client.fill(session, mask)
        self.assertEqual(answer.status, 202, answer)
        return answer.json()["jobId"]

    def prepare(self):
        """Pictures and ids that are real, for the hooks."""
        photo, mask = pictures.textured(64, 64), pictures.box_mask(64, 64, (20, 20, 40, 40))
        session = self.client.new_session(photo).json()["sessionId"]
        done = self.new_job(session, mask)
        self.assertEqual(self.client.wait_until_ended(done)["state"], "done")
        opened, cancelled = self.new_job(session, mask), self.new_job(session, mask)
        self.client.ask("DELETE", f"/v1/jobs/{cancelled}")
        return {"photo": photo.hex(), "mask": mask.hex(), "session": session, "done": done, "open": opened,
                "cancelled": cancelled}

    def write(self, name, text):
        path = os.path.join(self.site.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_answers_as_its_description_says(self):
        real = self.write("real.json", json.dumps(self.prepare()))
        document = strict(self.client.get("/openapi.json").json(), self.client.get("/v1/capabilities").json())
        schema = self.write("openapi.json", json.dumps(document))
        self.write("schemathesis.toml", CONFIG)
        done = subprocess.run(
            [SCHEMATHESIS, "run", schema, "--url", self.process.url, "--checks", "all", "--phases",
             "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "7", "--max-failures", "20",
             "--request-timeout", "20", "--suppress-health-check", "all", "--warnings", "off"],
            cwd=self.site.folder, env={**os.environ, "PAWFECT_SCHEMA_TEST": real, "NO_COLOR": "1"},
            capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, f"{done.stdout[-20000:]}\n{done.stderr[-3000:]}\n{self.process.log()[-3000:]}")
        self.assertTrue(self.process.is_running())
        self.assertNotIn("handler_failed", self.process.log())


if __name__ == "__main__":
    unittest.main()
