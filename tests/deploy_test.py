"""What deploy/ holds: files that parse, and name only what there is. Containers are not started here."""

import json
import os
import re
import shutil
import subprocess
import unittest

from program import ROOT, run

DEPLOY = os.path.join(ROOT, "deploy")

try:
    import yaml
except ImportError:
    yaml = None


def text_of(name):
    with open(os.path.join(DEPLOY, name), encoding="utf-8") as file:
        return file.read()


def known_variables():
    """PAWFECT_SECTION_KEY of every key that the program knows."""
    known, section = set(), ""
    for line in run("doctor", "--config-example").out.split("#[[token]]")[0].splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            section = match[1]
        elif match := re.match(r"#(\w+) = ", line):
            known.add(f"PAWFECT_{section}_{match[1]}".upper())
    return known


class Files(unittest.TestCase):
    def test_every_variable_is_one_of_a_key(self):
        known = known_variables()
        self.assertIn("PAWFECT_HTTP_LISTEN", known)
        build_only = {"PAWFECT_PORTABLE", "PAWFECT_CUDA_ARCHITECTURES", "PAWFECT_GGML_DIR", "PAWFECT_TESTS",
                      "PAWFECT_BENCH"}
        for name in os.listdir(DEPLOY):
            for variable in re.findall(r"PAWFECT_[A-Z0-9_]+", text_of(name)):
                self.assertIn(variable, known | build_only, name)

    def test_the_configuration_of_compose_is_whole_with_its_secrets(self):
        file = os.path.join(DEPLOY, "pawfect.compose.toml")
        secrets = dict(re.findall(r"^(PAWFECT_\w+)=()$", text_of("secrets.env.example"), re.MULTILINE))
        self.assertEqual(len(secrets), 2)
        outcome = run("doctor", "--config", file, env={name: "secret" for name in secrets})
        self.assertEqual(outcome.status, 0, outcome)
        self.assertNotIn("secret\"", outcome.out)
        self.assertEqual(run("doctor", "--config", file).status, 2)

    def test_alerts_are_about_metrics_of_the_dashboard(self):
        shown = set(re.findall(r"pawfect_[a-z_]+", text_of("grafana-dashboard.json")))
        for name in re.findall(r"pawfect_[a-z_]+", text_of("pawfect.rules.yaml")):
            self.assertIn(name, shown)

    def test_the_dashboard_has_panels_that_do_not_overlap(self):
        seen = set()
        for panel in json.loads(text_of("grafana-dashboard.json"))["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & seen, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            seen |= cells


@unittest.skipUnless(yaml, "python3-yaml is not installed")
class Yaml(unittest.TestCase):
    def test_files_are_yaml(self):
        for name in ("prometheus.yaml", "pawfect.rules.yaml"):
            self.assertTrue(yaml.safe_load(text_of(name)))

    def test_compose_limits_watches_and_starts_everything_in_order(self):
        compose = yaml.safe_load(text_of("compose.yaml"))
        services = compose["services"]
        self.assertEqual(set(services), {"api", "worker", "labeler", "nats", "storage", "bucket"})
        for name, service in services.items():
            limits = service["deploy"]["resources"]["limits"]
            self.assertEqual(set(limits), {"cpus", "memory", "pids"}, name)
            if name != "bucket":
                self.assertIn("healthcheck", service, name)
                self.assertEqual(service["restart"], "unless-stopped")
            for needed in service.get("depends_on", {}):
                self.assertIn(needed, services)
            for volume in service.get("volumes", []):
                source = volume.split(":")[0] if isinstance(volume, str) else None
                if source and source.startswith("./"):
                    self.assertTrue(os.path.exists(os.path.join(DEPLOY, source)), source)
                elif source:
                    self.assertIn(source, compose["volumes"])
        self.assertTrue(all(port.startswith("127.0.0.1:") for port in services["api"]["ports"]))
        self.assertFalse(any("ports" in service for name, service in services.items() if name != "api"))


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
class Units(unittest.TestCase):
    def test_units_are_understood(self):
        for name in ("pawfect.service", "pawfect-worker@.service"):
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                                   os.path.join(DEPLOY, name)], capture_output=True, text=True, check=False)
            # The program is not installed where tests run.
            lines = [line for line in done.stderr.splitlines() if name.split(".")[0].rstrip("@") in line
                     and "is not executable" not in line]
            self.assertEqual(lines, [], name)


if __name__ == "__main__":
    unittest.main()
