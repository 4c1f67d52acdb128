#include "weights/clip_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "weights/byte_alphabet.h"
#include "weights/clip_words.h"
#include "weights/printable.h"
#include "weights/utf8.h"
#include "weights/vocabulary_file.h"

namespace pawfect {
namespace {

constexpr std::string_view kEndOfWord = "</w>";

// CLIP has 49152 pieces before its special tokens' room: 512 of one byte, two special tokens, the
// rest merges (openai/CLIP, simple_tokenizer.py: merges[1:49152-256-2+1]).
constexpr std::size_t kSimpleMerges = 49152 - 256 - 2;

// The nearer of the two special tokens in the text: where it starts; npos when there is none.
struct Special {
  std::size_t place = std::string_view::npos;
  std::size_t length = 0;
  bool is_start = false;
};

Special find_special(std::string_view text) {
  const std::size_t start = text.find(kClipStart);
  const std::size_t end = text.find(kClipEnd);
  if (start < end) return {start, kClipStart.size(), true};
  return {end, kClipEnd.size(), false};
}

// The ids that OpenAI's tokenizer gives: bytes, bytes that end a word, merges, special tokens.
Result<PieceIds> simple_ids(const std::vector<MergeLine>& merges, std::string_view name) {
  PieceIds ids;
  ids.reserve(merges.size() + 514);
  const auto add = [&](std::string piece) {
    return ids.try_emplace(std::move(piece), std::int32_t(ids.size())).second;
  };
  for (const std::uint8_t byte : bytes_by_stand_in()) add(stand_in_text(byte));
  for (const std::uint8_t byte : bytes_by_stand_in()) add(stand_in_text(byte).append(kEndOfWord));
  for (const MergeLine& line : merges) {
    if (add(std::string(line.left).append(line.right))) continue;
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: line {} makes a piece that stood before; fetch the file again",
                            name, line.line));
  }
  for (const std::string_view special : {kClipStart, kClipEnd}) {
    if (add(std::string(special))) continue;
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: makes the special token {} by merging; fetch the file again", name,
                            special));
  }
  return ids;
}

}  // namespace

Result<ClipTokenizer> ClipTokenizer::from_files(const std::filesystem::path& vocab_json,
                                                const std::filesystem::path& merges_txt) {
  const auto vocabulary = read_vocabulary_file(vocab_json);
  if (!vocabulary) return std::unexpected(vocabulary.error());
  const auto merges = read_vocabulary_file(merges_txt);
  if (!merges) return std::unexpected(merges.error());
  return from_texts(*vocabulary, printable_path(vocab_json), *merges, printable_path(merges_txt));
}

Result<ClipTokenizer> ClipTokenizer::from_texts(std::string_view vocab_json,
                                                std::string_view vocab_name,
                                                std::string_view merges_txt,
                                                std::string_view merges_name) {
  const auto ids = parse_vocabulary(vocab_json, vocab_name);
  if (!ids) return std::unexpected(ids.error());
  const auto merges = parse_merges(merges_txt, merges_name);
  if (!merges) return std::unexpected(merges.error());
  return from_parts(*ids, vocab_name, *merges, merges_name);
}

Result<ClipTokenizer> ClipTokenizer::from_bpe_simple_vocab(const std::filesystem::path& path) {
  const auto text = read_vocabulary_file(path);
  if (!text) return std::unexpected(text.error());
  return from_bpe_simple_text(*text, printable_path(path));
}

Result<ClipTokenizer> ClipTokenizer::from_bpe_simple_text(std::string_view text,
                                                          std::string_view name) {
  const auto merges = parse_merges(text, name, kSimpleMerges);
  if (!merges) return std::unexpected(merges.error());
  if (merges->size() < kSimpleMerges) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: has {} merges where CLIP uses {}; fetch the file again", name,
                            merges->size(), kSimpleMerges));
  }
  const auto ids = simple_ids(*merges, name);
  if (!ids) return std::unexpected(ids.error());
  return from_parts(*ids, name, *merges, name);
}

Result<ClipTokenizer> ClipTokenizer::from_parts(const PieceIds& ids, std::string_view vocab_name,
                                                const std::vector<MergeLine>& merges,
                                                std::string_view merges_name) {
  const auto basics = find_basics(ids, vocab_name);
  if (!basics) return std::unexpected(basics.error());
  const auto rules = merge_rules(merges, ids, merges_name);
  if (!rules) return std::unexpected(rules.error());
  return ClipTokenizer(*basics, *rules);
}

Result<ClipTokenizer::Basics> ClipTokenizer::find_basics(const PieceIds& ids,
                                                         std::string_view name) {
  std::string missing;
  const auto id_of = [&](const std::string& piece) {
    const auto id = find_piece(ids, piece);
    if (!id && missing.empty()) missing = piece;
    return id.value_or(0);
  };
  Basics out;
  out.start = id_of(std::string(kClipStart));
  out.end = id_of(std::string(kClipEnd));
  for (const std::uint8_t byte : bytes_by_stand_in()) {
    out.bytes[byte] = id_of(stand_in_text(byte));
    out.last_bytes[byte] = id_of(stand_in_text(byte).append(kEndOfWord));
  }
  if (missing.empty()) return out;
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: lacks the piece \"{}\", which every CLIP vocabulary has; give the "
                          "tokenizer's own file",
                          name, printable_name(missing)));
}

void ClipTokenizer::append_word(std::u32string_view word, std::vector<std::int32_t>& out) const {
  std::string bytes;
  for (const char32_t point : word) append_utf8(bytes, point);
  std::vector<std::int32_t> pieces;
  pieces.reserve(bytes.size());
  for (const char byte : bytes) pieces.push_back(basics_.bytes[static_cast<unsigned char>(byte)]);
  pieces.back() = basics_.last_bytes[static_cast<unsigned char>(bytes.back())];
  merges_.apply(pieces);
  out.insert(out.end(), pieces.begin(), pieces.end());
}

void ClipTokenizer::append_words(std::string_view text, std::size_t enough,
                                 std::vector<std::int32_t>& out) const {
  const std::u32string cleaned = clip_cleaned(text);
  for (const std::u32string_view word : clip_words(cleaned)) {
    if (out.size() > enough) return;
    append_word(word, out);
  }
}

TokenIds ClipTokenizer::encode(std::string_view text, int length) const {
  const std::size_t room = std::size_t(std::max(length, 2)) - 2;
  const std::string_view kept = utf8_prefix(text, kMaxPromptBytes);
  TokenIds out;
  out.truncated = kept.size() < text.size();

  // The special tokens are looked for in the text as it came, before any clean-up; they cut it into
  // parts that are cleaned each by itself. One id more than there is room for tells of truncation.
  std::vector<std::int32_t> ids;
  std::string_view rest = kept;
  while (!rest.empty() && ids.size() <= room) {
    const Special special = find_special(rest);
    append_words(rest.substr(0, special.place), room, ids);
    if (special.place == std::string_view::npos) break;
    ids.push_back(special.is_start ? basics_.start : basics_.end);
    rest.remove_prefix(special.place + special.length);
  }
  if (ids.size() > room) {
    ids.resize(room);
    out.truncated = true;
  }

  out.ids.reserve(room + 2);
  out.ids.push_back(basics_.start);
  out.ids.insert(out.ids.end(), ids.begin(), ids.end());
  out.ids.resize(room + 2, basics_.end);
  return out;
}

}  // namespace pawfect
