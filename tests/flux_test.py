"""pawfect fill --engine flux, models info and models embed, on the tiny model of tests/data/flux-tiny."""

import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
import unittest
import warnings
from unittest import mock

import pictures
from program import ROOT, ProgramTest, run
from terminal import PATIENCE, TerminalTest

sys.path.insert(0, os.path.join(ROOT, "bench"))
import synthetic_models
from synthetic_blocks import Patterns, tensor_bytes
from synthetic_files import write_gguf, write_safetensors

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jsonschema

TINY = os.path.join(ROOT, "tests", "data", "flux-tiny")
TRANSFORMER = "flux1-fill-tiny-Q4_0.gguf"
T5 = "t5-tiny-encoder-Q8_0.gguf"
# One thread: on a busy machine several wait for one another.
QUICK = ("--backend", "cpu", "--threads", "1", "--working-size", "64", "--steps", "2", "--t5-length", "64")


class FluxTest(ProgramTest):
    """With a prompt cache of its own and none of the variables that stand for options."""

    def setUp(self):
        super().setUp()
        self.cache = tempfile.mkdtemp(prefix="pawfect-test.")
        self.addCleanup(shutil.rmtree, self.cache, ignore_errors=True)
        plain = mock.patch.dict(os.environ, {"XDG_CACHE_HOME": self.cache, "MODEL_VARIANT": "", "PAWFECT_MODELS": ""})
        plain.start()
        self.addCleanup(plain.stop)

    def flux(self, *more, models=TINY, quick=QUICK, **options):
        return self.fill("--engine", "flux", "--models", models, *quick, *more, **options)

    def copy_models(self):
        """A models folder that may be spoilt."""
        os.mkdir(self.path("models"))
        for name in (TRANSFORMER, T5, "clip_l.safetensors", "ae.safetensors"):
            shutil.copy(os.path.join(TINY, name), self.path(f"models/{name}"))
        shutil.copytree(os.path.join(TINY, "tokenizer"), self.path("models/tokenizer"))
        return self.path("models")

    def prompts(self):
        """Names of the cache's entries."""
        folder = os.path.join(self.cache, "pawfect", "prompts")
        found = os.listdir(folder) if os.path.isdir(folder) else []
        return sorted(os.path.join(folder, name) for name in found if name.endswith(".prompt"))


class Promises(FluxTest):
    def test_outside_the_mask_every_sample_stays(self):
        left, top, right, bottom = self.BOX
        for channels, bits in ((1, 8), (4, 8), (3, 16), (2, 16)):
            with self.subTest(channels=channels, bits=bits):
                self.write("photo.png", pictures.textured(self.WIDTH, self.HEIGHT, channels, bits))
                self.assert_done(self.flux("--refine", "0.5"))
                *before, old_rows = pictures.read_png(self.read("photo.png"))
                *after, new_rows = pictures.read_png(self.read("out.png"))
                self.assertEqual(before, after, "size, channels and depth stay")
                size = channels * bits // 8
                self.assert_same_outside(old_rows, new_rows, self.BOX, size)
                inside = [row[left * size:right * size] for row in new_rows[top:bottom]]
                self.assertNotEqual(inside, [row[left * size:right * size] for row in old_rows[top:bottom]])

    def test_the_same_seed_gives_the_same_bytes_and_another_one_others(self):
        made = []
        for seed, threads in (("3", "1"), ("3", "2"), ("4", "1")):
            self.assert_done(self.flux("--seed", seed, "--threads", threads, quick=[word for word in QUICK if word not in
                                                                                    ("--threads", "1")]))
            made.append(self.read("out.png"))
        self.assertEqual(made[0], made[1])
        self.assertNotEqual(made[0], made[2])

    def test_what_is_removed_leaves_no_trace(self):
        self.assert_done(self.flux())
        before = self.read("out.png")
        left, top, right, bottom = self.BOX
        rows = [bytearray(row) for row in pictures.read_png(self.read("photo.png"))[4]]
        for row in rows[top:bottom]:
            row[left * 3:right * 3] = bytes([255, 0, 255]) * (right - left)
        self.write("photo.png", pictures.png(self.WIDTH, self.HEIGHT, rows))
        self.assert_done(self.flux())
        self.assertEqual(self.read("out.png"), before)

    def test_the_preview_is_as_large_as_the_model_works(self):
        self.assert_done(self.flux("--preview", self.path("look.png"), "--preview-every", "2"))
        width, height, channels, bits, _ = pictures.read_png(self.read("look.png"))
        self.assertEqual((width, height, channels, bits), (64, 48, 3, 8))
        os.remove(self.path("look.png"))
        self.assert_done(self.flux("--preview", self.path("look.png")))  # every 5 steps, of which there are 2
        self.assertNotIn("look.png", self.files())

    def test_a_batch(self):
        for number, name in enumerate(("a.png", "b.png")):
            self.write(f"photos/{name}", pictures.textured(96, 80, seed=number))
        self.write("mask.png", pictures.box_mask(96, 80, (40, 30, 60, 50)))
        outcome = run("fill", "--batch", self.path("photos"), "--masks", self.path("mask.png"), "--out",
                      self.path("done"), "--engine", "flux", "--models", TINY, *QUICK, "--report", self.path("r.json"))
        self.assert_done(outcome)
        self.assertIn("2 done, 0 skipped, 0 failed", outcome.out)
        report = self.read_json("r.json")
        self.assertEqual([file["model"]["variant"] for file in report["files"]], ["flux-q4_0"] * 2)
        self.assert_done(self.flux(image="photos/b.png"))
        self.assertEqual(self.read("done/b.png"), self.read("out.png"))

    def test_the_variant_comes_from_the_environment_too(self):
        outcome = self.flux("--report", self.path("r.json"), env={"MODEL_VARIANT": "Q4_0"})
        self.assert_done(outcome)
        self.assertEqual(self.read_json("r.json")["variant"], "Q4_0")
        self.assert_refused(self.flux(env={"MODEL_VARIANT": "q8_0"}), 5, "flux-q8_0")
        self.assert_done(self.flux("--variant", "q4_0", env={"MODEL_VARIANT": "q8_0"}))

    def test_the_folder_comes_from_the_environment_too(self):
        self.assert_done(self.fill("--engine", "flux", *QUICK, env={"PAWFECT_MODELS": TINY}))


class Report(FluxTest):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(ROOT, "docs", "report.schema.json"), encoding="utf-8") as file:
            cls.validator = jsonschema.Draft202012Validator(json.load(file))

    def report(self):
        document = self.read_json("report.json")
        self.validator.validate(document)
        return document

    def test_says_what_the_model_was_and_did(self):
        self.assert_done(self.flux("--prompt", "grass", "--guidance", "12.5", "--refine", "0.5", "--report",
                                   self.path("report.json")))
        report = self.report()
        self.assertEqual((report["engine"], report["prompt"]["text"]), ("flux", "grass"))
        model = report["model"]
        self.assertEqual(model["variant"], "flux-q4_0")
        self.assertEqual(model["files"], [TRANSFORMER, T5, "clip_l.safetensors", "ae.safetensors"])
        self.assertEqual([model[name] for name in ("backend", "steps", "guidance", "text_tokens", "refine")],
                         ["cpu", 2, 12.5, 64, 0.5])
        self.assertIn("philox", model["noise"])
        self.assertTrue(model["device"])
        self.assertEqual(report["windows"][0]["working"], {"width": 64, "height": 48})
        names = [stage["name"] for stage in report["stages"]]
        for name in ("scale", "text", "load", "encode", "steps", "decode"):
            self.assertIn(f"fill.{name}", names)
        times = {stage["name"]: stage["seconds"] for stage in report["stages"]}
        parts = sum(seconds for name, seconds in times.items() if name.startswith("fill."))
        self.assertLessEqual(parts, times["fill"] + 0.001)
        self.assertEqual(report["warnings"], [])
        self.assertGreater(report["memory_bytes"], 0)

    def test_warns_of_a_prompt_that_is_too_long(self):
        outcome = self.flux("--prompt", "grass " * 200, "--report", self.path("report.json"))
        self.assert_done(outcome)
        warning, = self.report()["warnings"]
        self.assertIn("longer than the text encoders take (64 tokens of T5, 77 of CLIP)", warning)
        self.assertIn(f"note: {warning}", outcome.err)

    def test_of_a_model_that_is_not_there(self):
        outcome = self.flux("--report", self.path("report.json"), models=self.path("none"))
        self.assert_refused(outcome, 5, "none", "--models")
        report = self.report()
        self.assertEqual((report["status"], report["error"]["exit_status"]), ("failed", 5))
        self.assertIn(report["error"]["message"], outcome.err)


class PromptCache(FluxTest):
    def test_a_prompt_is_encoded_once(self):
        self.assert_done(self.flux("--prompt", "grass"))
        made = self.read("out.png")
        grass, = self.prompts()
        before = os.stat(grass)
        self.assert_done(self.flux("--prompt", "grass"))
        self.assertEqual(self.read("out.png"), made)
        self.assertEqual(self.prompts(), [grass])
        self.assertEqual((os.stat(grass).st_ino, os.stat(grass).st_mtime_ns), (before.st_ino, before.st_mtime_ns))

    def test_what_the_cache_holds_is_what_is_used(self):
        self.assert_done(self.flux("--prompt", "grass"))
        grass, = self.prompts()
        self.assert_done(self.flux("--prompt", "sand"))
        of_sand = self.read("out.png")
        sand, = set(self.prompts()) - {grass}
        with open(sand, "rb") as file:
            entry = file.read()
        # Sand's numbers under the key of grass: encoders that ran again would give grass.
        key = bytes.fromhex(os.path.basename(grass).removesuffix(".prompt"))
        entry = entry[:40] + key + entry[72:-32]
        with open(grass, "wb") as file:
            file.write(entry + hashlib.sha256(entry).digest())
        self.assert_done(self.flux("--prompt", "grass"))
        self.assertEqual(self.read("out.png"), of_sand)

    def test_a_damaged_entry_is_made_again(self):
        self.assert_done(self.flux("--prompt", "grass"))
        made = self.read("out.png")
        grass, = self.prompts()
        with open(grass, "r+b") as file:
            file.seek(1000)
            file.write(b"damage")
        self.assert_done(self.flux("--prompt", "grass"))
        self.assertEqual(self.read("out.png"), made)

    def test_a_cache_that_cannot_be_written_costs_a_warning(self):
        occupied = self.write("occupied", b"")
        outcome = self.flux("--prompt", "grass", "--report", self.path("r.json"), env={"XDG_CACHE_HOME": occupied})
        self.assert_done(outcome)
        warning, = self.read_json("r.json")["warnings"]
        self.assertIn("occupied", warning)

    def test_embed_fills_it_beforehand(self):
        embed = lambda *more: run("models", "embed", "--models", TINY, "--backend", "cpu", "--threads", "1", *more)
        first = embed()
        self.assert_done(first)
        self.assertRegex(first.out, r"^11 prompts of 128 tokens are in \S+\n$")
        entries = self.prompts()
        self.assertEqual(len(entries), 11)
        again = embed()
        self.assert_done(again)
        self.assertIn("11 prompts of 128 tokens", again.out)
        self.assertIn("all were there already", again.out)
        without_length = QUICK[:QUICK.index("--t5-length")]
        self.assert_done(self.flux("--prompt", "grass", quick=without_length))
        self.assert_done(self.flux(quick=without_length))
        self.assertEqual(self.prompts(), entries)
        self.assert_done(embed("--prompt", "red brick", "--prompt", "snow", "--t5-length", "60", "--quiet"))
        self.assertEqual(len(self.prompts()), 13)
        self.assert_done(self.flux("--prompt", "snow"))
        self.assertEqual(len(self.prompts()), 13)

    def test_embed_refuses_what_has_no_encoders(self):
        embed = lambda *more, **options: run("models", "embed", *more, **options)
        self.assert_refused(embed("--models", self.path("none")), 5, "none", "--models")
        self.assert_refused(embed("--models", TINY, "--variant", "texture"), 2, "texture", "no prompts")
        self.assert_refused(embed("--models", TINY, "--backend", "abacus"), 2, "abacus", "vulkan")
        self.assert_refused(embed("--models", TINY, env={"XDG_CACHE_HOME": "", "HOME": ""}), 2, "XDG_CACHE_HOME")


class Holes:
    """Stands for Patterns: weights that take no room on the disk."""

    def write(self, file, kind, count, *_, **__):
        file.seek(tensor_bytes(kind, count), os.SEEK_CUR)
        file.truncate()


class Info(FluxTest):
    def info(self, *more, **options):
        return run("models", "info", "--models", TINY, *more, **options)

    def test_says_what_a_variant_is_made_of_and_takes(self):
        outcome = self.info("--variant", "q4_0")
        self.assert_done(outcome)
        self.assertTrue(outcome.out.startswith("flux-q4_0: engine flux\n"), outcome)
        for name in (TRANSFORMER, T5, "clip_l.safetensors", "ae.safetensors"):
            self.assertIn(f"  {os.path.join(TINY, name)}\n", outcome.out)
        for stage in ("T5", "CLIP", "encode", "steps", "decode"):
            self.assertRegex(outcome.out, rf"\n  {stage} +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d\n")
        self.assertIn("Memory on cpu for 512x512 pixels and 128 text tokens", outcome.out)

    def test_says_whether_a_card_is_enough(self):
        outcome = self.info("--device", "T4")
        self.assert_done(outcome)
        self.assertIn("Memory on cuda", outcome.out)
        self.assertRegex(outcome.out, r"\nT4: fits into 15\.0 GiB; ")
        self.assert_refused(self.info("--device", "abacus"), 2, "--device", "abacus", "t4", "h100")

    def test_says_that_a_card_is_too_small(self):
        models = self.copy_models()
        os.remove(os.path.join(models, TRANSFORMER))
        tensors = synthetic_models.flux(3072, 19, 38, context=256, vector=128)  # only the headers are read
        write_gguf(os.path.join(models, "flux1-fill-F16.gguf"), [("general.architecture", "string", "flux")], tensors,
                   lambda tensor: synthetic_models.flux_type(tensor, "F16"), Holes())
        for more in ([], ["--json"]):
            outcome = run("models", "info", "--models", models, "--device", "t4", *more)
            self.assertEqual(outcome.status, 1, outcome)
            self.assertIn('"fits": false' if more else "\nt4: does not fit into 15.0 GiB\n", outcome.out)
        self.assert_done(run("models", "info", "--models", models, "--device", "h100"))

    def test_json_has_the_same(self):
        outcome = self.info("--device", "t4", "--json", "--width", "256", "--height", "320", "--t5-length", "100")
        self.assert_done(outcome)
        document = json.loads(outcome.out)
        self.assertEqual([document[name] for name in ("variant", "backend", "width", "height", "text_tokens", "device",
                                                      "device_bytes", "fits")],
                         ["flux-q4_0", "cuda", 256, 320, 128, "t4", 15 * 2**30, True])
        self.assertEqual([stage["stage"] for stage in document["stages"]], ["T5", "CLIP", "encode", "steps", "decode"])
        stages = {stage["stage"]: stage for stage in document["stages"]}
        in_f16 = {stage["stage"]: stage for stage in document["stages_in_f16"]}
        self.assertGreater(in_f16["steps"]["weight_bytes"], stages["steps"]["weight_bytes"])
        self.assertEqual(document["files"]["t5"], os.path.join(TINY, T5))

    def test_of_a_variant_without_weights(self):
        outcome = self.info("--variant", "texture")
        self.assert_done(outcome)
        self.assertTrue(outcome.out.startswith("texture: engine texture\n"), outcome)

    def test_of_what_is_not_there(self):
        self.assert_refused(self.info("--variant", "q8_0"), 5, "flux-q8_0", TRANSFORMER)
        self.assert_refused(self.info("--variant", "q9"), 2, "'q9'", "flux-q5_k_m")


class BadInput(FluxTest):
    def assert_fill_refused(self, status, words, *more, **options):
        before = self.files()
        self.assert_refused(self.flux(*more, **options), status, *words)
        self.assertEqual(self.files(), before)

    def test_folders(self):
        os.mkdir(self.path("empty"))
        for folder, words in ((self.path("none"), ["none", "cannot be read", "--models"]),
                              (self.path("photo.png"), ["photo.png", "cannot be read", "--models"]),
                              (self.path("empty"), ["empty", "no flux transformer", "fetch"])):
            with self.subTest(folder):
                self.assert_fill_refused(5, words, models=folder)

    def test_a_part_that_is_missing(self):
        for name, words in ((TRANSFORMER, ["no FLUX transformer", "there is none"]), (T5, ["no T5 text encoder", "fetch"]),
                            ("clip_l.safetensors", ["no CLIP text encoder", "fetch"]),
                            ("ae.safetensors", ["no picture autoencoder", "fetch"])):
            with self.subTest(name):
                models = self.copy_models()
                os.remove(os.path.join(models, name))
                self.assert_fill_refused(5, words, models=models)
                shutil.rmtree(models)

    def test_downloads_that_broke_off(self):
        for name in (TRANSFORMER, T5, "clip_l.safetensors", "ae.safetensors"):
            with self.subTest(name):
                models = self.copy_models()
                os.truncate(os.path.join(models, name), os.path.getsize(os.path.join(models, name)) - 5000)
                self.assert_fill_refused(5, [name, "incomplete download"], models=models)
                shutil.rmtree(models)

    def with_transformer(self, **sizes):
        """Models whose transformer has other sizes than those of the fixture."""
        models = self.copy_models()
        os.remove(os.path.join(models, TRANSFORMER))
        tensors = synthetic_models.flux(256, 1, 1, **{"context": 256, "vector": 128, **sizes})
        write_gguf(os.path.join(models, "flux1-dev-F16.gguf"), [("general.architecture", "string", "flux")], tensors,
                   lambda tensor: synthetic_models.flux_type(tensor, "F16"), Patterns(1))
        return models

    def test_a_plain_flux(self):
        self.assert_fill_refused(5, ["flux1-dev-F16.gguf", "plain FLUX.1", "64", "take FLUX.1-Fill-dev", "384"],
                                 models=self.with_transformer(in_channels=64))

    def test_another_member_of_the_family(self):
        self.assert_fill_refused(5, ["flux1-dev-F16.gguf", "128 channels", "384", "Canny"],
                                 models=self.with_transformer(in_channels=128))

    def test_text_encoders_of_another_width(self):
        for sizes, name in (({"context": 512}, T5), ({"vector": 768}, "clip_l.safetensors")):
            with self.subTest(name):
                self.assert_fill_refused(5, [name, "flux1-dev-F16.gguf", str(*sizes.values()), "FLUX.1"],
                                         models=self.with_transformer(**sizes))
                shutil.rmtree(self.path("models"))

    def test_the_names_of_diffusers(self):
        models = self.copy_models()
        os.remove(os.path.join(models, TRANSFORMER))
        tensors = synthetic_models.linear("transformer_blocks.0.attn.to_q", 256, 256)
        write_safetensors(os.path.join(models, "diffusion.safetensors"), tensors, "F16", Patterns(1))
        self.assert_fill_refused(5, ["diffusion.safetensors", "diffusers", "Black Forest Labs"], models=models)

    def test_weights_that_are_no_numbers(self):
        models = self.copy_models()
        with open(os.path.join(models, TRANSFORMER), "r+b") as file:
            size = os.path.getsize(file.name)
            file.seek(size // 2)
            file.write(b"\x7e" * (size // 4))
        self.assert_fill_refused(5, ["step 1 of 2", "not finite", "damaged"], models=models)

    def test_variants(self):
        self.assert_fill_refused(5, ["flux-q8_0", TRANSFORMER, "fetch"], "--variant", "q8_0")
        self.assert_fill_refused(2, ["'q9'", "flux-q5_k_m", "texture"], "--variant", "q9")
        self.assert_fill_refused(2, ["--variant", "texture", "--engine"], "--variant", "texture")

    def test_options(self):
        here = {backend["name"] for backend in json.loads(run("doctor", "--json").out)["backends"]}
        cases = [("--backend", "nonsense", 2, ["--backend", "nonsense", "cuda or vulkan"]),
                 ("--steps", "0", 2, ["--steps", "'0'", "1 to 200"]),
                 ("--guidance", "-1", 2, ["--guidance", "0 to 100"]),
                 ("--working-size", "10", 2, ["--working-size", "'10'", "64 to 2048"]),
                 ("--t5-length", "600", 2, ["--t5-length", "'600'", "1 to 512"]),
                 ("--refine", "2", 2, ["--refine", "0.05 to 0.95"]),
                 ("--preview-every", "0", 2, ["--preview-every", "1 to 200"]),
                 ("--preview", self.path("look.gif"), 2, ["look.gif", ".png"]),
                 ("--preview", self.path("none/look.png"), 3, ["--preview", "no folder"])]
        cases += [("--backend", name, 5, [name, "pawfect doctor"]) for name in {"cuda", "vulkan"} - here]
        for option, value, status, words in cases:
            with self.subTest(option=option, value=value):
                at = QUICK.index(option) if option in QUICK else len(QUICK)
                self.assert_fill_refused(status, words, option, value, quick=QUICK[:at] + QUICK[at + 2:])


class OnATerminal(FluxTest, TerminalTest):
    def test_an_interrupt_between_steps_cancels_and_leaves_no_file(self):
        before = self.files()
        process, terminal = self.start("fill", "--engine", "flux", "--models", TINY, "--image", self.path("photo.png"),
                                       "--mask", self.path("mask.png"), "--out", self.path("out.png"), "--backend", "cpu",
                                       "--threads", "1", "--working-size", "256", "--steps", "200")
        self.shown_until(terminal, b"steps")
        process.send_signal(signal.SIGINT)
        shown = self.shown_until(terminal, None)
        self.assertEqual(process.wait(PATIENCE), 6, shown)
        self.assertIn(b"pawfect: ", shown)
        self.assertIn(b"cancelled", shown)
        self.assertEqual(self.files(), before)


if __name__ == "__main__":
    unittest.main()
