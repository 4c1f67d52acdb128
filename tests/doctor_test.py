"""pawfect doctor, and pawfect models verify --variant, on the tiny model of tests/data/flux-tiny."""

import hashlib
import json
import os
import shutil
import unittest

from program import ROOT, ProgramTest, run

TINY = os.path.join(ROOT, "tests", "data", "flux-tiny")
TRANSFORMER = "flux1-fill-tiny-Q4_0.gguf"
# None of the variables that stand for options.
PLAIN = {"MODEL_VARIANT": "", "PAWFECT_MODELS": ""}


class ModelsTest(ProgramTest):
    """A models folder of its own, with the parts under names that no manifest knows."""

    def setUp(self):
        super().setUp()
        self.models = self.path("models")
        os.mkdir(self.models)
        for file, name in [(TRANSFORMER, TRANSFORMER), ("t5-tiny-encoder-Q8_0.gguf", "t5.gguf"),
                           ("clip_l.safetensors", "clip.safetensors"), ("ae.safetensors", "vae.safetensors")]:
            shutil.copy(os.path.join(TINY, file), self.model(name))

    def model(self, name):
        return os.path.join(self.models, name)

    def sha256(self, name):
        with open(self.model(name), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def doctor(self, *arguments, env=None):
        return run("doctor", *arguments, env={**PLAIN, **(env or {})})

    def verify(self, *arguments, env=None):
        return run("models", "verify", "--models", self.models, *arguments, env={**PLAIN, **(env or {})})

    def damage_numbers(self):
        """Not-a-number in the middle of the transformer's weights; the header stays whole."""
        with open(self.model(TRANSFORMER), "r+b") as file:
            size = os.path.getsize(self.model(TRANSFORMER))
            file.seek(size // 2)
            file.write(b"\x7e" * (size // 4))

    def cut(self, name):
        os.truncate(self.model(name), os.path.getsize(self.model(name)) // 2)


class Doctor(ModelsTest):
    def test_alone_it_lists_the_backends(self):
        outcome = self.doctor()
        self.assert_done(outcome)
        self.assertRegex(outcome.out, r"^backends\n(  .*\n)*  cpu +\S.*, [0-9.]+ GiB\n$")

    def test_with_a_variant_it_says_where_every_kind_of_operation_ran(self):
        for arguments, env in [(["--variant", "q4_0", "--models", self.models], {}),
                               (["--models", self.models], {"MODEL_VARIANT": "FLUX-Q4_0"}),
                               (["--variant", "flux-q4_0"], {"PAWFECT_MODELS": self.models}),
                               (["--models", self.models], {})]:
            outcome = self.doctor("--backend", "cpu", *arguments, env=env)
            self.assert_done(outcome)
            self.assertIn("variant flux-q4_0\n", outcome.out)
            self.assertRegex(outcome.out, r"\n  \d+ MUL_MAT on cpu\n")
            self.assertIn("every operation ran on cpu", outcome.out)

    def test_json_has_the_same(self):
        outcome = self.doctor("--backend", "cpu", "--variant", "q4_0", "--models", self.models, "--json")
        self.assert_done(outcome)
        report = json.loads(outcome.out)
        self.assertEqual(report["kind"], "doctor")
        self.assertEqual(report["variant"], "flux-q4_0")
        self.assertIn("cpu", [backend["name"] for backend in report["backends"]])
        self.assertEqual([file["part"] for file in report["files"]], ["transformer", "t5", "clip", "vae"])
        self.assertGreater(report["step"]["seconds"], 0)
        placement = {one["operation"]: one for one in report["step"]["placement"]}
        self.assertGreater(placement["MUL_MAT"]["count"], 10)
        self.assertEqual({one["backend"] for one in placement.values()}, {"cpu"})
        self.assertIsNone(report["problem"])

    def test_json_tells_what_is_wrong_too(self):
        outcome = self.doctor("--variant", "q8_0", "--models", self.models, "--json")
        self.assertEqual(outcome.status, 5, outcome)
        problem = json.loads(outcome.out)["problem"]
        self.assertEqual(problem["exit_status"], 5)
        self.assertIn(problem["message"], outcome.err)

    def test_texture_needs_no_weights(self):
        outcome = self.doctor("--variant", "texture")
        self.assert_done(outcome)
        self.assertIn("needs no weights", outcome.out)

    def assert_wrong(self, outcome, status, *words):
        """As assert_refused, but the backends stand on stdout."""
        self.assertEqual(outcome.status, status, outcome)
        self.assertEqual(len(outcome.err.splitlines()), 1, outcome)
        for word in words:
            self.assertIn(word, outcome.err, outcome)

    def test_what_is_missing_is_said_with_what_to_do(self):
        self.assert_wrong(self.doctor("--variant", "q3"), 2, "'q3'", "flux-q5_k_m", "texture")
        self.assert_wrong(self.doctor("--variant", "q4_0"), 2, "--models", "PAWFECT_MODELS")
        self.assert_wrong(self.doctor("--backend", "abacus"), 2, "abacus", "vulkan")
        self.assert_wrong(self.doctor("--models", self.path("nowhere")), 5, "nowhere")
        self.assert_wrong(self.doctor("--models", self.models, "--variant", "bf16"), 5, TRANSFORMER,
                          "flux1-fill-dev.safetensors")
        os.remove(self.model("t5.gguf"))
        self.assert_wrong(self.doctor("--models", self.models), 5, "T5 text encoder",
                          "t5-v1_1-xxl-encoder-Q8_0.gguf")

    def test_a_backend_that_is_not_here(self):
        here = {backend["name"] for backend in json.loads(self.doctor("--json").out)["backends"]}
        for backend in {"cuda", "vulkan"} - here:
            self.assert_wrong(self.doctor("--backend", backend), 5, backend)

    def test_damaged_weights(self):
        self.damage_numbers()
        self.assert_wrong(self.doctor("--backend", "cpu", "--models", self.models), 5, "not finite")

    def test_a_truncated_download(self):
        self.cut(TRANSFORMER)
        self.assert_wrong(self.doctor("--models", self.models), 5, TRANSFORMER)

    def test_help(self):
        outcome = self.doctor("--help")
        self.assert_done(outcome)
        for option in ["--variant", "--models", "--backend", "--allow-cpu-nodes", "--json", "Exit status"]:
            self.assertIn(option, outcome.out)


class VerifyVariant(ModelsTest):
    def lines(self, outcome):
        """{(check, part): verdict}"""
        words = [line.split() for line in outcome.out.splitlines()]
        return {(line[0], line[1]): line[2] for line in words if line and line[0] in
                ("hash", "shapes", "widths", "step")}

    def test_unknown_hashes_are_printed_and_the_rest_is_checked(self):
        outcome = self.verify("--variant", "q4_0")
        self.assert_done(outcome)
        lines = self.lines(outcome)
        parts = ["transformer", "t5", "clip", "vae"]
        self.assertEqual({lines["hash", part] for part in parts}, {"unknown"})
        self.assertEqual({lines["shapes", part] for part in parts}, {"ok"})
        self.assertEqual((lines["widths", "all"], lines["step", "transformer"]), ("ok", "ok"))
        self.assertIn(self.sha256("t5.gguf"), outcome.out)
        self.assertFalse(os.path.exists(self.model("manifest.json")))

    def test_recorded_hashes_are_held_to(self):
        recorded = self.verify("--variant", "q4_0", "--record")
        self.assert_done(recorded)
        with open(self.model("manifest.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["files"]["clip.safetensors"]["sha256"], self.sha256("clip.safetensors"))
        again = self.verify("--variant", "q4_0")
        self.assert_done(again)
        self.assertEqual(set(self.lines(again).values()), {"ok"})
        with open(self.model("clip.safetensors"), "r+b") as file:
            file.seek(-1, os.SEEK_END)
            last = file.read(1)
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last[0] ^ 1]))
        changed = self.verify("--variant", "q4_0", "--record")
        self.assertEqual(changed.status, 1, changed)
        self.assertEqual(self.lines(changed)["hash", "clip"], "FAILED")
        self.assertEqual(sorted(os.listdir(self.models)),
                         sorted(["clip.safetensors", TRANSFORMER, "manifest.json", "t5.gguf", "vae.safetensors"]))

    def test_a_file_of_a_published_name_is_held_to_the_published_hash(self):
        os.rename(self.model("vae.safetensors"), self.model("ae.safetensors"))
        outcome = self.verify()
        self.assertEqual(outcome.status, 1, outcome)
        self.assertEqual(self.lines(outcome)["hash", "vae"], "FAILED")
        self.assertIn(self.sha256("ae.safetensors"), outcome.out)

    def test_numbers_that_are_not_finite_fail_the_step(self):
        self.damage_numbers()
        outcome = self.verify()
        self.assertEqual(outcome.status, 1, outcome)
        self.assertEqual(self.lines(outcome)["step", "transformer"], "FAILED")
        self.assertIn("not finite", outcome.out)

    def test_what_is_missing_or_cut_is_refused(self):
        self.assert_refused(self.verify("--variant", "q8_0"), 5, "q8_0", TRANSFORMER, "flux1-fill-dev-Q8_0.gguf")
        self.assert_refused(self.verify("--variant", "q9"), 2, "q9", "flux-q8_0")
        self.cut("vae.safetensors")
        self.assert_refused(self.verify(), 5, "vae.safetensors")

    def test_the_manifest_of_the_folder_is_read_strictly(self):
        self.write("models/manifest.json", b'{"files": {"t5.gguf": {"sha256": "abc"}}}')
        self.assert_refused(self.verify(), 5, "manifest.json", "files.t5.gguf.sha256", "64")

    def test_a_manifest_of_ones_own_names_a_variant(self):
        entry = {"engine": "flux", "weights": "Q4_0", "transformer": [TRANSFORMER], "t5": ["t5.gguf"],
                 "clip": ["clip.safetensors"], "vae": ["vae.safetensors"],
                 "defaults": {"steps": 4, "guidance": 30, "t5_length": 64, "size": {"smallest": 256, "largest": 512}}}
        self.write("models/manifest.json", json.dumps({"default": "flux-tiny", "variants": {"flux-tiny": entry}}).encode())
        outcome = self.verify()
        self.assert_done(outcome)
        self.assertTrue(outcome.out.startswith("flux-tiny in "), outcome)

    def test_without_a_folder_it_says_which_there_are(self):
        self.assert_refused(run("models", "verify", env=PLAIN), 2, "--against", "--models")


if __name__ == "__main__":
    unittest.main()
