"""Every command of docs/command-line.md works as it stands there."""

import os
import re
import shutil
import subprocess
import sys
import unittest

import pictures
from program import PROGRAM, ROOT, ProgramTest


class Examples(ProgramTest):
    def test_every_example_of_the_command_line_page(self):
        for name in ("photo.jpg", "photos/one.jpg"):
            self.write(name, b"")
            shutil.copy(os.path.join(ROOT, "examples", "friends.jpg"), self.path(name))
        for name in ("mask.png", "masks/one.png"):
            self.write(name, b"")
            shutil.copy(os.path.join(ROOT, "examples", "friends.mask.png"), self.path(name))
        self.write("truth/lawn.png", pictures.textured(self.WIDTH, self.HEIGHT))
        self.write("truth/lawn_gt.mask.png", pictures.box_mask(self.WIDTH, self.HEIGHT, self.BOX))
        os.mkdir(self.path("truth-filled"))
        subprocess.run([sys.executable, "-B", os.path.join(ROOT, "bench", "make_synthetic_weights.py"),
                        self.path("models"), "--only", "flux", "--type", "F16", "--hidden", "256", "--depth-double", "1",
                        "--depth-single", "1"], check=True, stdout=subprocess.DEVNULL)
        os.symlink(os.path.join(ROOT, "tests", "data", "flux-tiny"), self.path("flux-tiny"))
        os.mkdir(self.path("bin"))
        os.symlink(PROGRAM, self.path("bin/pawfect"))
        with open(os.path.join(ROOT, "docs", "command-line.md"), encoding="utf-8") as file:
            examples = re.findall(r"```sh\n(.*?)```", file.read(), re.DOTALL)
        self.assertGreaterEqual(len(examples), 6)
        env = {**os.environ, "PATH": self.path("bin") + ":" + os.environ["PATH"], "XDG_CACHE_HOME": self.path("cache"),
               "MODEL_VARIANT": ""}
        for example in examples:
            with self.subTest(example=example):
                done = subprocess.run(["bash", "-e", "-c", example], cwd=self.folder, env=env, text=True,
                                      capture_output=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
        for name in ("clean.jpg", "look.png", "second.jpg", "both.png", "filled/one.jpg", "filled.json", "all/one.jpg",
                     "scores.json", "truth-filled/lawn_gt.png", "models/flux1-fill-dev-Q8_0.gguf", "grass.jpg", "at-work.png", "grass.json"):
            self.assertIn(name, self.files())


if __name__ == "__main__":
    unittest.main()
