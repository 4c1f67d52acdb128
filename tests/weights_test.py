"""Our readers of weight files against the reference readers: names, types, shapes, places, bytes, metadata.

Skipped where the PyPI packages gguf and safetensors are not installed (the same comparison with recorded results is a
C++ test). By hand, with any files:  WEIGHTS_DUMP=build/weights_dump python3 tests/weights_test.py FILE...
"""

import glob
import json
import os
import subprocess
import sys
import unittest

try:
    import reference_weights
    MISSING = None
except ImportError as error:
    MISSING = f"{error.name} cannot be imported; pip install gguf safetensors in a virtual environment to run this test"

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = [name for name in sys.argv[1:] if not name.startswith("-")]


def by_name(tensors):
    return sorted(tensors, key=lambda tensor: tensor["name"])


@unittest.skipIf(MISSING, MISSING)
class Readers(unittest.TestCase):
    maxDiff = 4000

    def test_agree_with_the_reference_on_every_file(self):
        files = FILES or sorted(glob.glob(os.path.join(HERE, "data", "weights", "*.safetensors")) +
                                glob.glob(os.path.join(HERE, "data", "weights", "*.gguf")))
        self.assertTrue(files)
        for path in files:
            with self.subTest(file=path):
                done = subprocess.run([os.environ["WEIGHTS_DUMP"], path], capture_output=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr.decode())
                ours = json.loads(done.stdout)
                reference = reference_weights.read(path)
                self.assertEqual(ours["format"], reference["format"])
                self.assertEqual(by_name(ours["tensors"]), by_name(reference["tensors"]))
                self.assertEqual(ours["metadata"], reference["metadata"])
                print(f"{path}: {len(ours['tensors'])} tensors, {len(ours['metadata'])} keys agree")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
