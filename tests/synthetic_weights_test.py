"""bench/make_synthetic_weights.py: what it writes is whole, and laid out as GGUF says."""

import os
import struct
import subprocess
import sys
import tempfile
import unittest

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench")
SMALL = ["--hidden", "256", "--depth-double", "1", "--depth-single", "1", "--t5-width", "256", "--t5-layers", "1"]
# Values and bytes of a block of each type that GGUF numbers so.
BLOCKS = {0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 12: (256, 144),
          13: (256, 176), 14: (256, 210), 30: (1, 2)}
FORMS = {0: "<B", 4: "<I", 5: "<i", 6: "<f", 7: "<?"}


def make(folder, *arguments):
    subprocess.run([sys.executable, "-B", os.path.join(BENCH, "make_synthetic_weights.py"), folder, *arguments],
                   check=True, stdout=subprocess.DEVNULL)


class Reader:
    """As much of GGUF as these files use."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.at = 0
        assert self.data[:4] == b"GGUF"
        self.at = 4
        version, tensors, pairs = self.take("<I"), self.take("<Q"), self.take("<Q")
        assert version == 3
        self.metadata = dict((self.text(), self.value(self.take("<I"))) for _ in range(pairs))
        self.tensors = {}
        for _ in range(tensors):
            name = self.text()
            shape = [self.take("<Q") for _ in range(self.take("<I"))]
            self.tensors[name] = (shape, self.take("<I"), self.take("<Q"))
        assert len(self.tensors) == tensors, "a name stands twice"
        self.begin = -(-self.at // 32) * 32

    def take(self, form):
        value, = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def text(self):
        size = self.take("<Q")
        self.at += size
        return self.data[self.at - size:self.at].decode()

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            kind, count = self.take("<I"), self.take("<Q")
            return [self.value(kind) for _ in range(count)]
        return self.take(FORMS[kind])


class SyntheticWeights(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def read(self, name):
        return Reader(os.path.join(self.folder, name))

    def expect_filled(self, file):
        """The tensors follow each other without a gap wider than the alignment, up to the file's end."""
        end = 0
        for name, (shape, kind, offset) in file.tensors.items():
            self.assertEqual(offset, -(-end // 32) * 32, name)
            values, size = BLOCKS[kind]
            self.assertEqual(shape[0] % values, 0, name)
            count = 1
            for side in shape:
                count *= side
            end = offset + count // values * size
        self.assertEqual(len(file.data), file.begin + -(-end // 32) * 32)

    def test_every_type_fills_its_file(self):
        for kind in ("F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K_M", "Q5_K_M", "Q6_K"):
            with self.subTest(kind):
                make(self.folder, "--only", "flux", "t5", "--type", kind, "--t5-type", kind, *SMALL)
                self.expect_filled(self.read(f"flux1-fill-dev-{kind}.gguf"))
                self.expect_filled(self.read(f"t5-v1_1-xxl-encoder-{kind}.gguf"))

    def test_mixed_files_have_their_joint_weights_one_step_finer(self):
        make(self.folder, "--only", "flux", "--type", "Q5_K_M", *SMALL)
        tensors = self.read("flux1-fill-dev-Q5_K_M.gguf").tensors
        self.assertEqual(tensors["double_blocks.0.txt_attn.qkv.weight"][:2], ([256, 768], 14))
        self.assertEqual(tensors["single_blocks.0.linear1.weight"][:2], ([256, 1792], 13))
        self.assertEqual(tensors["img_in.weight"][:2], ([384, 256], 1))
        self.assertEqual(tensors["img_in.bias"][:2], ([256], 0))

    def test_the_vocabulary_has_a_piece_for_every_row(self):
        make(self.folder, "--only", "t5", *SMALL)
        file = self.read("t5-v1_1-xxl-encoder-Q8_0.gguf")
        pieces = file.metadata["tokenizer.ggml.tokens"]
        self.assertEqual(file.tensors["token_embd.weight"][0], [256, len(pieces)])
        self.assertEqual(len(set(pieces)), len(pieces))
        self.assertEqual(pieces[:3], ["<pad>", "</s>", "<unk>"])

    def test_a_seed_gives_the_same_file_again(self):
        def written(seed):
            make(self.folder, "--only", "flux", "--seed", seed, *SMALL)
            return self.read("flux1-fill-dev-Q4_0.gguf").data

        first = written("1")
        self.assertEqual(written("1"), first)
        self.assertNotEqual(written("2"), first)


if __name__ == "__main__":
    unittest.main()
