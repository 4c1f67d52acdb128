"""tools/setup.sh against a make-believe dpkg and apt-get: it installs what is missing, says so first, and
rather stops than upgrades or removes anything."""

import glob
import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

from program import ROOT

DPKG_QUERY = """#!/bin/bash
for name in "${@:4}"; do grep -qx "$name" "$STATE/installed" && echo "installed $name"; done
true
"""

APT_GET = """#!/bin/bash
echo "$*" >>"$STATE/calls"
case " $* " in
  *" --simulate "*)
    [[ -e $STATE/no-plan ]] && { echo "E: Unable to locate package"; exit 100; }
    cat "$STATE/plan" ;;
  *" update "*) rm -f "$STATE/no-plan" ;;
  *" install "*)
    [[ -e $STATE/broken ]] && exit 100
    tr ' ' '\\n' <<<"$*" | grep -v '^-' >>"$STATE/installed" ;;
esac
"""


class SetUp(unittest.TestCase):
    def setUp(self):
        self.state = tempfile.mkdtemp(prefix="pawfect-setup.")
        self.addCleanup(shutil.rmtree, self.state)
        for name, text in (("dpkg-query", DPKG_QUERY), ("apt-get", APT_GET), ("sudo", '#!/bin/bash\nexec "$@"\n')):
            self.write(f"bin/{name}", text)
            os.chmod(os.path.join(self.state, "bin", name), stat.S_IRWXU)
        os.makedirs(os.path.join(self.state, "tools"))
        shutil.copy(os.path.join(ROOT, "tools", "setup.sh"), os.path.join(self.state, "tools"))
        self.write("tools/packages.txt", "# comment\n\nbuild one\nbuild two debian12=zwei ubuntu24.04=deux\nlint three\n")
        self.write("installed", "")
        self.write("plan", "Inst one (1.0 Debian:12 [amd64])\nInst zwei (2.0 Debian:12 [amd64])\n")

    def write(self, name, text):
        path = os.path.join(self.state, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def calls(self):
        try:
            with open(os.path.join(self.state, "calls"), encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def set_up(self, *groups, permits=""):
        env = {**os.environ, "STATE": self.state, "PATH": os.path.join(self.state, "bin") + ":" + os.environ["PATH"]}
        env.pop("PAWFECT_SKIP_SETUP", None)
        env["PAWFECT_ALLOW_UPGRADES"] = permits
        return subprocess.run([os.path.join(self.state, "tools", "setup.sh"), *groups], env=env, text=True,
                              capture_output=True, check=False)

    def installs(self):
        return [call for call in self.calls() if " install " in f" {call} " and "--simulate" not in call]

    def second_name(self):
        with open("/etc/os-release", encoding="utf-8") as file:
            release = dict(line.strip().split("=", 1) for line in file if "=" in line)
        system = (release["ID"] + release.get("VERSION_ID", "")).replace('"', "")
        return {"debian12": "zwei", "ubuntu24.04": "deux"}.get(system, "two")

    def test_installs_what_is_missing_and_says_so_and_is_silent_the_second_time(self):
        first = self.set_up("build")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn(f"one {self.second_name()}", first.stderr)
        self.assertEqual(len(self.installs()), 1)
        for flag in ("--no-install-recommends", "--no-remove", "--no-upgrade", "-y"):
            self.assertIn(flag, self.installs()[0].split())
        self.assertNotIn("three", self.installs()[0])
        calls = self.calls()
        second = self.set_up("build")
        self.assertEqual((second.returncode, second.stdout, second.stderr), (0, "", ""))
        self.assertEqual(self.calls(), calls, "apt-get is not even asked")

    def test_installs_only_what_is_missing(self):
        self.write("installed", "one\n")
        self.assertEqual(self.set_up("build").returncode, 0)
        self.assertNotIn(" one", self.installs()[0])

    def test_stops_before_an_upgrade(self):
        self.write("plan", "Inst libc6 [2.36-1] (2.36-9 Debian:12 [amd64])\nInst one (1.0 Debian:12 [amd64])\n")
        outcome = self.set_up("build")
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("would upgrade or remove packages of your system: libc6", outcome.stderr)
        self.assertEqual(self.installs(), [])

    def test_upgrades_what_it_must_when_that_is_permitted_and_still_removes_nothing(self):
        self.write("plan", "Inst libc6 [2.36-1] (2.36-9 Debian:12 [amd64])\nInst one (1.0 Debian:12 [amd64])\n")
        outcome = self.set_up("build", permits="1")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("upgraded, as permitted: libc6", outcome.stderr)
        self.assertIn("--no-remove", self.installs()[0].split())
        self.write("installed", "")
        self.write("plan", "Remv precious [1.0]\nInst one (1.0 Debian:12 [amd64])\n")
        self.assertEqual(self.set_up("build", permits="1").returncode, 1)

    def test_stops_before_a_removal(self):
        self.write("plan", "Remv precious [1.0]\nInst one (1.0 Debian:12 [amd64])\n")
        outcome = self.set_up("build")
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("precious", outcome.stderr)
        self.assertEqual(self.installs(), [])

    def test_refreshes_the_lists_only_when_apt_knows_no_way(self):
        self.assertEqual(self.set_up("build").returncode, 0)
        self.assertFalse([call for call in self.calls() if "update" in call.split()])
        self.write("installed", "")
        self.write("no-plan", "")
        outcome = self.set_up("build")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertTrue([call for call in self.calls() if "update" in call.split()])

    def test_says_what_failed(self):
        self.write("broken", "")
        outcome = self.set_up("build")
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("could not install: one", outcome.stderr)

    def test_other_groups_bring_their_own(self):
        self.assertEqual(self.set_up("build", "lint").returncode, 0)
        self.assertIn("three", self.installs()[0])

    def test_a_group_that_nothing_belongs_to_is_an_error(self):
        outcome = self.set_up("build", "bensh")
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("no group 'bensh' in tools/packages.txt", outcome.stderr)
        self.assertEqual(self.calls(), [])

    def test_every_group_that_a_script_asks_for_has_packages(self):
        with open(os.path.join(ROOT, "tools", "packages.txt"), encoding="utf-8") as file:
            there = {line.split()[0] for line in file if line.strip() and not line.startswith("#")}
        asked = {}
        for script in (os.path.join(ROOT, "run"), *glob.glob(os.path.join(ROOT, "tools", "*.sh")),
                       *glob.glob(os.path.join(ROOT, "bench", "*.sh"))):
            with open(script, encoding="utf-8") as file:
                for line in file:
                    call = re.search(r"""(?:tools|\$here)/setup\.sh"? ([a-z -]+?)(?:;|$)""", line.split("#")[0].rstrip())
                    asked.update(dict.fromkeys(call[1].split() if call else [], os.path.relpath(script, ROOT)))
        self.assertLessEqual({"build", "bench", "ggml"}, set(asked))
        self.assertEqual({group: script for group, script in asked.items() if group not in there}, {})


if __name__ == "__main__":
    unittest.main()
