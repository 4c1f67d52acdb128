"""The tokenizer that a T5 GGUF carries: taken from a spiece.model, or made up (letters and all their pairs and
triples, enough to cut any prompt into pieces). Uses the standard library only.
"""
import dataclasses
import itertools
import string
import struct

NORMAL, UNKNOWN, CONTROL, UNUSED = 1, 2, 3, 5  # SentencePiece's types of pieces


@dataclasses.dataclass
class Vocabulary:
    pieces: list
    scores: list
    types: list
    charsmap: bytes = b""
    add_prefix: bool = True
    remove_spaces: bool = True

    def padded(self, rows):
        """With as many pieces as the embedding has rows."""
        missing = range(len(self.pieces), rows)
        return dataclasses.replace(self, pieces=self.pieces + [f"[PAD{n}]" for n in missing],
                                   scores=self.scores + [-10000.0] * len(missing),
                                   types=self.types + [UNUSED] * len(missing))


def fields(message):
    """(number, value) of each field of a protobuf message: bytes, or the number of a varint."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        number, wire = divmod(varint(), 8)
        if wire == 0:
            yield number, varint()
            continue
        size = {1: 8, 5: 4}.get(wire) or varint()
        yield number, message[at:at + size]
        at += size


def from_spiece(path):
    """Reads sentencepiece_model.proto: pieces are field 1 (piece, score, type), the normaliser is field 3."""
    vocabulary = Vocabulary([], [], [])
    with open(path, "rb") as file:
        model = file.read()
    for number, value in fields(model):
        if number == 1:
            piece = dict(fields(value))
            vocabulary.pieces.append(piece[1].decode())
            vocabulary.scores.append(struct.unpack("<f", piece.get(2, bytes(4)))[0])
            vocabulary.types.append(piece.get(3, NORMAL))
        elif number == 3:
            normaliser = dict(fields(value))
            vocabulary.charsmap = normaliser.get(2, b"")
            vocabulary.add_prefix = bool(normaliser.get(3, 1))
            vocabulary.remove_spaces = bool(normaliser.get(4, 1))
    if not vocabulary.pieces:
        raise ValueError("it holds no pieces")
    return vocabulary


def made_up(count=32100):
    letters = string.ascii_lowercase
    pieces = ["▁", *string.digits, *string.punctuation, *string.ascii_letters]
    for length in (1, 2, 3):
        for word in map("".join, itertools.product(letters, repeat=length)):
            pieces += [f"▁{word}", word] if length > 1 else [f"▁{word}"]
    pieces = pieces[:count - 3]
    # Longer pieces score better than the letters they are made of.
    scores = [-14.0 + 2 * len(piece) - n / len(pieces) for n, piece in enumerate(pieces)]
    return Vocabulary(["<pad>", "</s>", "<unk>", *pieces], [0.0, 0.0, 0.0, *scores],
                      [CONTROL, CONTROL, UNKNOWN] + [NORMAL] * len(pieces))
