"""Makes what stands here and is not a plain copy, and the seeds of the tokenizers' fuzz targets.

    make.py T5_GGUF      with the PyPI packages gguf 0.19 and sentencepiece 0.2

t5-vocabulary.gguf: the keys tokenizer.* of that file, unchanged, and one small tensor.
"""
import io
import json
import pathlib
import struct
import sys
import tempfile

import gguf
import sentencepiece

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parents[2] / "fuzz" / "corpus"


def vocabulary_gguf(source):
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(HERE / "t5-vocabulary.gguf", "t5encoder")
    for name, field in reader.fields.items():
        if name.startswith("tokenizer."):
            kind, *element = field.types
            writer.add_key_value(name, field.contents(), kind, *element[-1:])
    import numpy
    writer.add_tensor("nothing", numpy.zeros(32, numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def small_spiece():
    """A unigram model with a normalisation table of a few rules, so that a seed stays small."""
    words = "grass sand gravel wooden deck leaves tile water carpet stone path lawn".split()
    lines = [" ".join(words[i:] + words[:i]) for i in range(len(words))] * 4
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules.tsv"
        rules.write_text("41\t61\nE9\t65 301\nFB01\t66 69\n2003\t20\nA0\t20\n")
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines), model_writer=model, vocab_size=60, model_type="unigram",
            pad_id=0, eos_id=1, unk_id=2, bos_id=-1, normalization_rule_tsv=str(rules),
            hard_vocab_limit=False, minloglevel=2)
    return model.getvalue()


def small_clip():
    stands = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    letters = [chr(b) for b in stands] + [chr(0x100 + i) for i in range(256 - len(stands))]
    pieces = letters + [c + "</w>" for c in letters]
    merges = ["a s", "s s</w>", "g r", "gr as", "gras s</w>", "gr ass</w>"]
    pieces += dict.fromkeys(m.replace(" ", "") for m in merges)
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = json.dumps({p: i for i, p in enumerate(pieces)}, ensure_ascii=False)
    return vocabulary.encode(), ("#version: 0.2\n" + "\n".join(merges) + "\n").encode()


def seed(target, name, *parts):
    """Parts are joined by a length of four bytes in front of all but the last."""
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    head = b"".join(struct.pack("<I", len(p)) + p for p in parts[:-1])
    (folder / name).write_bytes(head + parts[-1])


if __name__ == "__main__":
    vocabulary_gguf(sys.argv[1])
    spiece = small_spiece()
    seed("t5_tokenizer", "small.spiece", b"Grass, sand caf\xc3\xa9 \xef\xac\x81ne", spiece)
    seed("t5_tokenizer", "cut.spiece", b"grass", spiece[: len(spiece) // 2])
    seed("t5_tokenizer", "broken-text.spiece", b"gra\xffss\0\xed\xa0\x80 deck", spiece)
    vocabulary, merges = small_clip()
    seed("clip_tokenizer", "small", b"Grass <|endoftext|> it's 10 caf\xc3\xa9", vocabulary, merges)
    seed("clip_tokenizer", "unknown-piece", b"grass", vocabulary, merges + b"x y\n")
    seed("clip_tokenizer", "broken-text", b"gra\xffss\0\xed\xa0\x80'LL", vocabulary, merges)
    seed("clip_tokenizer", "nested", b"grass", b'{"a":{"b":1}}', merges)
