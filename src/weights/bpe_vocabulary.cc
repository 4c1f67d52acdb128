#include "weights/bpe_vocabulary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "weights/printable.h"

namespace pawfect {
namespace {

using Json = nlohmann::json;

std::unexpected<Error> refuse(std::string_view name, std::string_view why) {
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: {}; give the tokenizer's own file", name, why));
}

// Takes the events of the JSON reader, stops at the first that is not "piece": id, so that neither
// depth nor another type costs anything.
class VocabularyEvents : public nlohmann::json_sax<Json> {
 public:
  PieceIds ids;
  std::string trouble;

  bool start_object(std::size_t) override {
    return ++objects_ == 1 || stop("holds an object within the object");
  }
  bool end_object() override { return true; }
  bool key(string_t& piece) override {
    if (piece.empty()) return stop("holds an empty piece");
    piece_ = piece;
    return true;
  }
  bool number_unsigned(number_unsigned_t id) override {
    if (objects_ == 0) return not_an_object();
    if (id > number_unsigned_t(std::numeric_limits<std::int32_t>::max())) return not_an_id();
    if (!ids.try_emplace(piece_, std::int32_t(id)).second) {
      return stop(fmt::format("holds the piece \"{}\" twice", printable_name(piece_)));
    }
    return true;
  }
  bool number_integer(number_integer_t) override { return not_an_id(); }
  bool number_float(number_float_t, const string_t&) override { return not_an_id(); }
  bool null() override { return not_an_id(); }
  bool boolean(bool) override { return not_an_id(); }
  bool string(string_t&) override { return not_an_id(); }
  bool binary(binary_t&) override { return not_an_id(); }
  bool start_array(std::size_t) override { return not_an_id(); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return stop(fmt::format("is not JSON at byte {}", position));
  }

 private:
  bool stop(std::string why) {
    trouble = std::move(why);
    return false;
  }
  bool not_an_object() { return stop("is not a JSON object from pieces to ids"); }
  bool not_an_id() {
    if (objects_ == 0) return not_an_object();
    return stop(
        fmt::format("gives the piece \"{}\" no whole number as id", printable_name(piece_)));
  }

  int objects_ = 0;
  std::string piece_;
};

}  // namespace

std::optional<std::int32_t> find_piece(const PieceIds& ids, std::string_view piece) {
  const auto found = ids.find(piece);
  if (found == ids.end()) return std::nullopt;
  return found->second;
}

Result<PieceIds> parse_vocabulary(std::string_view json, std::string_view name) {
  VocabularyEvents events;
  if (!Json::sax_parse(json.begin(), json.end(), &events)) return refuse(name, events.trouble);

  const std::size_t count = events.ids.size();
  std::vector<bool> is_taken(count);
  for (const auto& [piece, id] : events.ids) {
    if (std::size_t(id) >= count || is_taken[id]) {
      return refuse(name, fmt::format("gives the piece \"{}\" the id {} where {} pieces are due to "
                                      "have the ids 0 to {}, each once",
                                      printable_name(piece), id, count, count - 1));
    }
    is_taken[id] = true;
  }
  return std::move(events.ids);
}

Result<std::vector<MergeLine>> parse_merges(std::string_view text, std::string_view name,
                                            std::size_t max_count) {
  std::vector<MergeLine> out;
  for (std::size_t number = 1; !text.empty() && out.size() < max_count; ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (number == 1 && line.find("#version:") != std::string_view::npos) continue;
    if (line.empty() && text.find_first_not_of("\r\n") == std::string_view::npos) break;

    const std::size_t space = line.find(' ');
    const bool is_pair = space != std::string_view::npos && space > 0 && space + 1 < line.size() &&
                         line.find(' ', space + 1) == std::string_view::npos;
    if (!is_pair) {
      return refuse(name, fmt::format("line {} is \"{}\" where two pieces with a space between "
                                      "are due",
                                      number, printable_name(line)));
    }
    out.push_back({line.substr(0, space), line.substr(space + 1), number});
  }
  return out;
}

Result<std::vector<MergeRule>> merge_rules(const std::vector<MergeLine>& lines, const PieceIds& ids,
                                           std::string_view name) {
  std::vector<MergeRule> out;
  out.reserve(lines.size());
  std::unordered_set<std::uint64_t> pairs;
  pairs.reserve(lines.size());
  std::string joined;
  for (const MergeLine& line : lines) {
    joined.assign(line.left).append(line.right);
    std::int32_t found[3] = {};
    const std::string_view pieces[3] = {line.left, line.right, joined};
    for (int i = 0; i < 3; ++i) {
      const auto id = find_piece(ids, pieces[i]);
      if (!id) {
        return refuse(name,
                      fmt::format("line {} needs the piece \"{}\", which the vocabulary lacks",
                                  line.line, printable_name(pieces[i])));
      }
      found[i] = *id;
    }
    if (!pairs.insert(std::uint64_t(found[0]) << 32 | std::uint64_t(found[1])).second) {
      return refuse(name, fmt::format("line {} holds a merge that stood before", line.line));
    }
    out.push_back({found[0], found[1], found[2]});
  }
  return out;
}

}  // namespace pawfect
