#include "flux/prompt_encoder.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "flux/clip_encoder.h"
#include "flux/clip_vocabulary.h"
#include "flux/t5_encoder.h"
#include "weights/printable.h"
#include "weights/t5_tokenizer.h"
#include "weights/t5_vocabulary_gguf.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

// Raised when the same files and text give other numbers: old entries are then not found.
constexpr std::string_view kMethod = "pawfect prompt 1";

// The vocabulary that came with the weights is the right one; another file's may not be.
Result<T5Tokenizer> t5_tokenizer(const PromptFiles& files, const TensorFile& t5) {
  if (t5.metadata().has("tokenizer.ggml.tokens")) {
    const auto vocabulary = t5_vocabulary(t5.metadata(), printable_path(t5.path()));
    if (!vocabulary) return std::unexpected(vocabulary.error());
    return T5Tokenizer::from_vocabulary(*vocabulary);
  }
  if (!files.spiece.empty()) return T5Tokenizer::from_spiece(files.spiece);
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: holds no vocabulary and there is no spiece.model beside it; put the "
                          "spiece.model of google/t5-v1_1-xxl into the models folder",
                          printable_path(t5.path())));
}

Result<ClipTokenizer> clip_tokenizer(const PromptFiles& files) {
  if (!files.clip_vocab.empty())
    return ClipTokenizer::from_files(files.clip_vocab, files.clip_merges);
  if (!files.clip_merge_list.empty())
    return ClipTokenizer::from_bpe_simple_vocab(files.clip_merge_list);
  return builtin_clip_tokenizer();
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

Result<int> t5_length(int wanted) {
  if (wanted < 1 || wanted > kMostT5Tokens) {
    return fail(ErrorCode::kUsage, fmt::format("T5 length: {} was given; 1 to {} tokens are taken",
                                               wanted, kMostT5Tokens));
  }
  return (wanted + 63) / 64 * 64;
}

PromptFiles find_tokenizers(const fs::path& folder, fs::path t5, fs::path clip) {
  PromptFiles files;
  files.t5 = std::move(t5);
  files.clip = std::move(clip);
  for (const char* name : {"tokenizer_2/spiece.model", "spiece.model"}) {
    if (files.spiece.empty() && is_file(folder / name)) files.spiece = folder / name;
  }
  for (const fs::path& at : {folder / "tokenizer", folder}) {
    if (!files.clip_vocab.empty() || !is_file(at / "vocab.json") || !is_file(at / "merges.txt"))
      continue;
    files.clip_vocab = at / "vocab.json";
    files.clip_merges = at / "merges.txt";
  }
  for (const char* name : {"bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"}) {
    if (files.clip_merge_list.empty() && is_file(folder / name))
      files.clip_merge_list = folder / name;
  }
  return files;
}

PromptEncoder::PromptEncoder(const Device& device, PromptFiles files, const fs::path& cache_folder)
    : device_(&device),
      files_(std::move(files)),
      cache_(cache_folder),
      hashes_(cache_folder.empty() ? fs::path() : cache_folder / "files") {}

Result<PromptEmbedding> PromptEncoder::embed(std::string_view text, int length,
                                             const std::stop_token& stop) {
  const std::string one(text);
  auto all = embed_all(std::span(&one, 1), length, stop);
  if (!all) return std::unexpected(all.error());
  return std::move(all->front());
}

// The text encoders, the tokenizers, the length and the text: all that an embedding hangs on.
Result<std::vector<Digest>> PromptEncoder::keys(std::span<const std::string> texts, int length,
                                                const std::stop_token& stop) {
  const auto bytes_of = [](std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
  };
  Sha256 model;
  model.add(bytes_of(kMethod));
  for (const fs::path* path : {&files_.t5, &files_.clip, &files_.spiece, &files_.clip_vocab,
                               &files_.clip_merges, &files_.clip_merge_list}) {
    const Result<Digest> digest = path->empty() ? Digest{} : hashes_.hash(*path, stop);
    if (!digest) return std::unexpected(digest.error());
    model.add(std::as_bytes(std::span(*digest)));
  }
  model.add(std::as_bytes(std::span(&length, 1)));
  std::vector<Digest> keys;
  for (const std::string& text : texts) {
    Sha256 key = model;
    key.add(bytes_of(text));
    keys.push_back(key.finish());
  }
  return keys;
}

Result<std::vector<PromptEmbedding>> PromptEncoder::embed_all(std::span<const std::string> texts,
                                                              int length,
                                                              const std::stop_token& stop) {
  if (length < 1 || length > kMostT5Tokens) return std::unexpected(t5_length(length).error());
  cache_warning_.clear();
  std::vector<PromptEmbedding> out(texts.size());
  std::vector<Digest> known(texts.size());
  std::vector<std::size_t> missing;
  if (!cache_.folder().empty()) {  // else nothing would be gained by hashing gigabytes
    auto computed = keys(texts, length, stop);
    if (!computed) return std::unexpected(computed.error());
    known = std::move(*computed);
  }
  for (std::size_t k = 0; k < texts.size(); ++k) {
    auto entry = cache_.find(known[k]);
    if (entry) out[k] = std::move(*entry);
    if (!entry) missing.push_back(k);
  }
  if (missing.empty()) return out;
  // The small encoder first: then every text is complete, and kept, as soon as T5 has read it.
  if (auto done = add_pooled(texts, missing, out, stop); !done)
    return std::unexpected(done.error());
  if (auto done = add_t5(texts, missing, length, known, out, stop); !done)
    return std::unexpected(done.error());
  return out;
}

Result<void> PromptEncoder::add_pooled(std::span<const std::string> texts,
                                       std::span<const std::size_t> missing,
                                       std::vector<PromptEmbedding>& out,
                                       const std::stop_token& stop) {
  const auto tokenizer = clip_tokenizer(files_);
  if (!tokenizer) return std::unexpected(tokenizer.error());
  const auto file = TensorFile::open(files_.clip);
  if (!file) return std::unexpected(file.error());
  auto encoder = ClipEncoder::load(*device_, *file);
  if (!encoder) return std::unexpected(encoder.error());
  ++loads_;
  for (const std::size_t k : missing) {
    const TokenIds tokens = tokenizer->encode(texts[k], encoder->positions());
    auto result = encoder->encode(tokens.ids, stop);
    if (!result) return std::unexpected(result.error());
    out[k].pooled = std::move(result->pooled);
    out[k].clip_truncated = tokens.truncated;
  }
  return {};
}

Result<void> PromptEncoder::add_t5(std::span<const std::string> texts,
                                   std::span<const std::size_t> missing, int length,
                                   std::span<const Digest> keys, std::vector<PromptEmbedding>& out,
                                   const std::stop_token& stop) {
  const auto file = TensorFile::open(files_.t5);
  if (!file) return std::unexpected(file.error());
  const auto tokenizer = t5_tokenizer(files_, *file);
  if (!tokenizer) return std::unexpected(tokenizer.error());
  auto encoder = T5Encoder::load(*device_, *file);
  if (!encoder) return std::unexpected(encoder.error());
  ++loads_;
  for (const std::size_t k : missing) {
    const auto tokens = tokenizer->encode(texts[k], length);
    if (!tokens) return std::unexpected(tokens.error());
    auto rows = encoder->encode(tokens->ids, stop);
    if (!rows) return std::unexpected(rows.error());
    out[k].t5 = std::move(*rows);
    out[k].length = length;
    out[k].t5_truncated = tokens->truncated;
    if (auto stored = cache_.store(keys[k], out[k]); !stored)
      cache_warning_ = stored.error().message;
  }
  return {};
}

}  // namespace pawfect
