"""Every kind of report follows docs/report.schema.json and says what was done."""

import json
import os
import unittest
import warnings

import pictures
from program import ROOT, ProgramTest, run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jsonschema


class Reports(ProgramTest):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(ROOT, "docs", "report.schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)

    def report(self):
        document = self.read_json("report.json")
        self.validator.validate(document)
        return document

    def test_of_a_fill(self):
        outcome = self.fill("--report", self.path("report.json"), "--seed", "18446744073709551615", "--prompt", "grass")
        self.assert_done(outcome)
        report = self.report()
        self.assertEqual((report["kind"], report["status"], report["engine"]), ("fill", "done", "texture"))
        self.assertEqual(report["seed"], 2**64 - 1)
        self.assertEqual(report["prompt"], {"text": "grass", "source": "option"})
        self.assertEqual(report["pixels_changed_outside"], 0)
        self.assertEqual(report["mask"]["verdict"], "accepted")
        left, top, right, bottom = self.BOX
        self.assertEqual(report["mask"]["pixels"], (right - left) * (bottom - top))
        self.assertEqual(report["image"]["width"], self.WIDTH)
        self.assertEqual(report["output"], {"path": self.path("out.png"), "container": "PNG"})
        window = report["windows"][0]["rect"]
        self.assertLessEqual(window["x"], left)
        self.assertGreaterEqual(window["x"] + window["width"], right)
        names = [stage["name"] for stage in report["stages"]]
        for name in ("load", "mask", "fill", "paste", "save"):
            self.assertIn(name, names)
        self.assertLessEqual(sum(stage["seconds"] for stage in report["stages"]), report["seconds"] + 0.001)

    def test_of_a_rejected_mask(self):
        self.write("mask.png", pictures.box_mask(self.WIDTH, self.HEIGHT, (0, 0, 0, 0)))
        self.assertEqual(self.fill("--report", self.path("report.json")).status, 4)
        report = self.report()
        self.assertEqual((report["status"], report["mask"]["verdict"]), ("failed", "rejected"))
        self.assertEqual(report["error"]["exit_status"], 4)

    def test_of_a_photo_that_cannot_be_read(self):
        self.write("photo.png", b"nothing")
        self.assertEqual(self.fill("--report", self.path("report.json")).status, 3)
        report = self.report()
        self.assertEqual((report["status"], report["mask"]["verdict"]), ("failed", "unknown"))

    def test_of_a_mask_of_another_size(self):
        self.write("mask.png", pictures.box_mask(80, 60, (30, 20, 45, 35)))
        self.assert_done(self.fill("--report", self.path("report.json"), "--quiet"))
        report = self.report()
        self.assertEqual((report["mask"]["given_width"], report["mask"]["given_height"]), (80, 60))
        self.assertTrue(report["warnings"])

    def test_of_a_batch(self):
        self.write("photos/a.png", self.read("photo.png"))
        self.write("photos/b.png", b"nothing")
        self.write("photos/c.txt", b"nothing")
        self.assertEqual(run("fill", "--batch", self.path("photos"), "--masks", self.path("mask.png"), "--out",
                             self.path("done"), "--report", self.path("report.json")).status, 1)
        report = self.report()
        self.assertEqual([report[name] for name in ("kind", "done", "failed", "skipped", "ignored")],
                         ["batch", 1, 1, 0, 1])

    def test_of_an_evaluation(self):
        self.write("photos/lawn.png", self.read("photo.png"))
        self.write("photos/lawn_gt.mask.png", self.read("mask.png"))
        self.write("photos/lawn_remove.mask.png", self.read("mask.png"))
        outcome = run("eval", "--photos", self.path("photos"), "--report", self.path("report.json"), "--out", self.folder)
        self.assert_done(outcome)
        report = self.report()
        self.assertEqual(report["kind"], "eval")
        self.assertEqual([case["case"] for case in report["cases"]], ["lawn_gt", "lawn_remove"])
        self.assertIsNone(report["cases"][1]["psnr_db"])
        self.assertEqual(report["cases"][0]["psnr_db"], report["means"]["psnr_db"])
        self.assertIn("lawn_gt.png", self.files())
        self.assertEqual(len(outcome.out.splitlines()), 4, outcome)  # heading, two cases, means

    def test_names_that_are_no_utf8(self):
        self.write(b"caf\xe9.png".decode(errors="surrogateescape"), self.read("photo.png"))
        self.assert_done(self.fill("--report", self.path("report.json"), "--quiet",
                                   image=b"caf\xe9.png".decode(errors="surrogateescape")))
        self.assertIn("caf", self.report()["image"]["path"])


if __name__ == "__main__":
    unittest.main()
