"""pawfect models: what weight files are there, and smaller ones made of them."""

import glob
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import unittest

from program import ROOT, ProgramTest, run
from terminal import PATIENCE, TerminalTest

try:
    import gguf
    import reference_weights
    MISSING = None
except ImportError as error:
    MISSING = f"{error.name} cannot be imported; pip install gguf safetensors in a virtual environment to run this test"

TINY = os.path.join(ROOT, "tests", "data", "flux-tiny")
ALL_TYPES = "F16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q4_K Q5_K Q6_K Q4_K_M Q5_K_M".split()


def make_weights(folder, *arguments):
    """A small model in the real formats, with random weights."""
    subprocess.run([sys.executable, "-B", os.path.join(ROOT, "bench", "make_synthetic_weights.py"), folder,
                    "--hidden", "256", "--depth-double", "1", "--depth-single", "1", "--t5-width", "256",
                    "--t5-layers", "1", *arguments], check=True, stdout=subprocess.DEVNULL)


def quantize(source, out, kind, *more, **options):
    return run("models", "quantize", "--in", source, "--out", out, "--type", kind, *more, **options)


class List(ProgramTest):
    def test_says_of_every_file_what_it_is_or_why_it_is_refused(self):
        shutil.copytree(TINY, self.path("models"))
        self.write("models/cut.gguf", self.read("models/flux1-fill-tiny-Q4_0.gguf")[:100000])
        self.write("models/more/page.safetensors", b"<!DOCTYPE html><html>sign in</html>")
        outcome = run("models", "list", "--models", self.path("models"))
        self.assert_done(outcome)
        lines = outcome.out.splitlines()
        self.assertEqual(lines[0], self.path("models"))
        for name, *words in (("flux1-fill-tiny-Q4_0.gguf", "FLUX transformer", "Q4_0", "0.004 GiB"),
                             ("t5-tiny-encoder-Q8_0.gguf", "T5 text encoder", "Q8_0", "0.001 GiB"),
                             ("clip_l.safetensors", "CLIP text encoder", "F16"), ("ae.safetensors", "VAE", "F32"),
                             ("cut.gguf", "refused: the file ends", "incomplete download"),
                             ("more/page.safetensors", "refused: is a web page")):
            line, = (line for line in lines if line.split()[0] == name)
            for word in words:
                self.assertIn(word, line)

        as_json = run("models", "list", "--json", env={"PAWFECT_MODELS": self.path("models")})
        self.assert_done(as_json)
        document = json.loads(as_json.out)
        self.assertEqual(document["folder"], self.path("models"))
        files = {os.path.basename(file["path"]): file for file in document["files"]}
        self.assertEqual(len(files), len(lines) - 1)
        for name, file in files.items():
            self.assertEqual(file["bytes"], os.path.getsize(file["path"]), name)
        self.assertEqual((files["flux1-fill-tiny-Q4_0.gguf"]["part"], files["flux1-fill-tiny-Q4_0.gguf"]["type"]),
                         ("transformer", "Q4_0"))
        self.assertEqual([files[name]["part"] for name in ("t5-tiny-encoder-Q8_0.gguf", "clip_l.safetensors",
                                                           "ae.safetensors")], ["t5", "clip", "vae"])
        self.assertTrue(files["cut.gguf"]["refused"].startswith("the file ends"))
        self.assertNotIn("part", files["cut.gguf"])

    def test_a_missing_or_empty_folder_is_told(self):
        os.mkdir(self.path("empty"))
        for folder, words in (("empty", ["no weight files", "--models", "docs/flux.md"]),
                              ("none", ["cannot be read", "--models"]), ("photo.png", ["cannot be read"])):
            with self.subTest(folder):
                self.assert_refused(run("models", "list", "--models", self.path(folder)), 5, folder, *words)
        as_json = run("models", "list", "--models", self.path("empty"), "--json")
        self.assertEqual((as_json.status, json.loads(as_json.out)["files"]), (5, []))

    def test_the_folder_is_in_the_home_when_none_is_named(self):
        outcome = run("models", "list", env={"PAWFECT_MODELS": "", "HOME": self.folder})
        self.assert_refused(outcome, 5, self.path(".local/share/pawfect/models"))


class Quantize(ProgramTest):
    def setUp(self):
        super().setUp()
        make_weights(self.folder, "--only", "flux", "t5", "--type", "F16", "--t5-type", "F16")
        self.flux = self.path("flux1-fill-dev-F16.gguf")
        self.t5 = self.path("t5-v1_1-xxl-encoder-F16.gguf")

    def listed(self):
        document = json.loads(run("models", "list", "--models", self.folder, "--json").out)
        return {os.path.basename(file["path"]): file for file in document["files"]}

    def test_every_type_makes_a_smaller_file_that_is_still_the_model(self):
        for source, part in ((self.flux, "transformer"), (self.t5, "t5")):
            for kind in ALL_TYPES:
                main = kind.removesuffix("_M")
                if part == "t5" and kind.endswith("_M"):
                    main = "Q6_K"  # of the embedding, most of so small a T5
                with self.subTest(f"{part} {kind}"):
                    outcome = quantize(source, self.path("out.gguf"), kind.lower())
                    self.assert_done(outcome)
                    self.assertIn(f"in {kind}", outcome.out)
                    file = self.listed()["out.gguf"]
                    self.assertEqual((file["part"], file["type"]), (part, main))
                    if kind != "F16":
                        self.assertLess(file["bytes"], 0.7 * os.path.getsize(source))

    def test_the_result_does_not_depend_on_the_threads(self):
        for threads in (1, 3):
            self.assert_done(quantize(self.flux, self.path(f"{threads}.gguf"), "Q5_K_M", "--threads", threads))
        self.assertEqual(self.read("1.gguf"), self.read("3.gguf"))

    def test_quiet_says_nothing(self):
        outcome = quantize(self.flux, self.path("out.gguf"), "Q8_0", "--quiet")
        self.assertEqual((outcome.status, outcome.out, outcome.err), (0, "", ""))

    def test_bad_input_is_one_line_and_leaves_nothing(self):
        self.write("text.gguf", b"no model")
        self.write("cut.gguf", self.read(self.flux)[:-1000])
        os.mkdir(self.path("folder.gguf"))
        out = self.path("out.gguf")
        before = self.files()
        for source, target, kind, status, words in (
                (self.path("none.gguf"), out, "Q8_0", 5, ["none.gguf", "cannot be read", "check the name"]),
                (self.folder, out, "Q8_0", 5, ["is a folder"]),
                (self.path("text.gguf"), out, "Q8_0", 5, ["neither GGUF nor safetensors"]),
                (self.path("cut.gguf"), out, "Q8_0", 5, ["incomplete download"]),
                (glob.glob(TINY + "/flux1*Q4_0.gguf")[0], out, "Q8_0", 5, ["quantised already", "give the F16"]),
                (glob.glob(TINY + "/t5*Q8_0.gguf")[0], out, "Q4_0", 5, ["quantised already", "give the F16"]),
                (os.path.join(TINY, "ae.safetensors"), out, "Q8_0", 5, ["autoencoder", "can be quantised"]),
                (self.flux, self.flux, "Q8_0", 2, ["--out", "is the file that is read"]),
                (self.flux, self.path("out.bin"), "Q8_0", 2, ["--out", ".gguf"]),
                (self.flux, out, "Q3_K", 2, ["--type", "'Q3_K'", "Q4_0", "Q5_K_M"]),
                (self.flux, self.path("none/out.gguf"), "Q8_0", 3, ["folder does not exist"]),
                (self.flux, self.path("folder.gguf"), "Q8_0", 3, ["this is a folder"])):
            with self.subTest(words=words):
                self.assert_refused(quantize(source, target, kind), status, *words)
                self.assertEqual(self.files(), before)
        for left_out in range(3):
            options = [["--in", self.flux], ["--out", out], ["--type", "Q8_0"]]
            missing = options.pop(left_out)[0]
            self.assert_refused(run("models", "quantize", *sum(options, [])), 2, f"{missing} is missing")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_folder_that_may_not_be_written_to(self):
        os.mkdir(self.path("closed"), 0o555)
        self.assert_refused(quantize(self.flux, self.path("closed/out.gguf"), "Q8_0"), 3, "may not be written to")

    def test_a_full_disk_leaves_the_older_file(self):
        self.write("out.gguf", b"older")
        before = self.files()
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000))
        self.assert_refused(quantize(self.flux, self.path("out.gguf"), "Q8_0", preexec_fn=limit), 3, "out.gguf",
                            "disk is full")
        self.assertEqual(self.files(), before)
        self.assertEqual(self.read("out.gguf"), b"older")

    @unittest.skipIf(MISSING, MISSING)
    def test_the_reference_reader_sees_what_ours_does_and_quantises_alike(self):
        source = {tensor.name: tensor for tensor in gguf.GGUFReader(self.flux).tensors}
        for kind in ALL_TYPES:
            out = self.path(f"{kind}.gguf")
            self.assert_done(quantize(self.flux, out, kind))
            ours = json.loads(subprocess.run([os.environ["WEIGHTS_DUMP"], out], capture_output=True, check=True).stdout)
            self.assertEqual(ours, reference_weights.read(out))
            self.assertEqual(ours["metadata"]["general.quantization_version"], 2)
            if kind not in ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"):  # it makes no K types
                continue
            made = 0
            for tensor in gguf.GGUFReader(out).tensors:
                if tensor.tensor_type.name == kind:
                    wide = gguf.quants.dequantize(source[tensor.name].data, source[tensor.name].tensor_type)
                    due = gguf.quants.quantize(wide, tensor.tensor_type)
                    self.assertEqual(tensor.data.tobytes(), due.tobytes(), tensor.name)
                    made += 1
            self.assertGreater(made, 10)


class QuantizeOnATerminal(TerminalTest):
    def setUp(self):
        super().setUp()
        make_weights(self.folder, "--only", "flux", "--type", "F16", "--hidden", "768")
        self.source = self.path("flux1-fill-dev-F16.gguf")

    def start_quantizing(self):
        return self.start("models", "quantize", "--in", self.source, "--out", self.path("out.gguf"), "--type", "Q5_K",
                          "--threads", "1")

    def test_a_bar_shows_how_far_it_is_and_goes_away(self):
        process, terminal = self.start_quantizing()
        shown = self.shown_until(terminal, None)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertIn(b"quantising  out.gguf", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown[-80:])

    def test_an_interrupt_cancels_and_leaves_no_file(self):
        before = self.files()
        process, terminal = self.start_quantizing()
        self.shown_until(terminal, b"quantising")
        process.send_signal(signal.SIGINT)
        shown = self.shown_until(terminal, None)
        self.assertEqual(process.wait(PATIENCE), 6, shown)
        self.assertIn(b"pawfect: cancelled", shown)
        self.assertEqual(self.files(), before)


if __name__ == "__main__":
    unittest.main()
