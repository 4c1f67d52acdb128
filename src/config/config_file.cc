// The file: toml++ parses it, and its exceptions end here.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/file_descriptor.h"
#include "base/suggest.h"
#include "config/config_reading.h"
#include "config/config_value.h"
#include "config/token_key.h"

namespace pawfect {
namespace {

std::unexpected<Error> refuse(const std::string& where, std::string_view what,
                              std::string_view found, std::string_view allowed) {
  return fail(ErrorCode::kUsage,
              fmt::format("{}: {}: found {}; allowed: {}", where, what, found, allowed));
}

// The value of a node that a key may take.
std::optional<ConfigValue> value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  const auto* list = node.as_array();
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const toml::node& element : *list) {
    const auto* text = element.as_string();
    if (text == nullptr) return std::nullopt;
    texts.push_back(text->get());
  }
  return texts;
}

std::string shown(const toml::node& node) {
  if (const auto* text = node.as_string()) return in_quotes(text->get());
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* is_so = node.as_boolean()) return is_so->get() ? "true" : "false";
  if (node.is_table()) return "a section";
  if (const auto* list = node.as_array()) {
    const auto value = value_of(node);
    if (!value) return "a list of something else";
    std::vector<std::string> texts;
    for (const auto& text : std::get<std::vector<std::string>>(*value)) {
      texts.push_back(in_quotes(text));
      if (texts.size() == 5) break;
    }
    return fmt::format("[{}{}]", fmt::join(texts, ", "), list->size() > 5 ? ", ..." : "");
  }
  return "a date or time";
}

std::string nearest_of(std::string_view typed, const std::vector<std::string>& known) {
  const std::string nearest = nearest_word(typed, known);
  if (!nearest.empty()) return fmt::format("did you mean '{}'?", nearest);
  return fmt::format("there are {}", fmt::join(known, ", "));
}

class FileReader {
 public:
  FileReader(const std::string& name, ConfigReading& reading) : name_(name), reading_(reading) {}

  Result<void> read(const toml::table& document) {
    for (const auto& [key, node] : document) {
      if (key == "token") {
        if (auto read = read_tokens(node); !read) return read;
        continue;
      }
      if (auto read = read_section(key, node); !read) return read;
    }
    return {};
  }

 private:
  std::string where(const toml::source_region& region) const {
    return fmt::format("{}:{}:{}", name_, region.begin.line, region.begin.column);
  }

  Result<void> read_section(const toml::key& section, const toml::node& node) {
    std::vector<std::string> known{"token"};
    for (const ConfigSection& one : config_sections()) known.emplace_back(one.name);
    if (std::ranges::find(known, section.str()) == known.end()) {
      return fail(ErrorCode::kUsage,
                  fmt::format("{}: {}: there is no such section; {}", where(section.source()),
                              in_quotes(section.str()), nearest_of(section.str(), known)));
    }
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return refuse(where(node.source()), section.str(), shown(node),
                    fmt::format("a section, which begins with [{}]", section.str()));
    }
    for (const auto& [key, value] : *table) {
      if (auto read = read_key(section.str(), key, value); !read) return read;
    }
    return {};
  }

  Result<void> read_key(std::string_view section, const toml::key& name, const toml::node& node) {
    std::vector<std::string> known;
    std::string elsewhere;
    std::size_t index = 0;
    for (const ConfigKey& key : config_keys()) {
      if (key.section == section && key.name == name.str()) return set(index, node);
      if (key.section == section) known.emplace_back(key.name);
      if (key.name == name.str()) elsewhere = fmt::format("it belongs into [{}]", key.section);
      ++index;
    }
    return fail(ErrorCode::kUsage,
                fmt::format("{}: [{}] {}: there is no such key; {}", where(name.source()), section,
                            in_quotes(name.str()),
                            elsewhere.empty() ? nearest_of(name.str(), known) : elsewhere));
  }

  Result<void> set(std::size_t index, const toml::node& node) {
    const ConfigKey& key = config_keys()[index];
    const auto value = value_of(node);
    if (!value || !set_value(reading_.config, key, *value)) {
      return refuse(where(node.source()), fmt::format("[{}] {}", key.section, key.name),
                    key.is_secret ? "what is not shown" : shown(node), allowed_values(key));
    }
    reading_.sources[index] = where(node.source());
    return {};
  }

  Result<void> read_tokens(const toml::node& node) {
    const toml::array* tokens = node.as_array();
    if (tokens == nullptr || tokens->size() > kMostTokens) {
      return refuse(where(node.source()), "token",
                    tokens == nullptr ? shown(node) : fmt::format("{} of them", tokens->size()),
                    fmt::format("at most {} tables that begin with [[token]]", kMostTokens));
    }
    for (const toml::node& token : *tokens) {
      const toml::table* table = token.as_table();
      if (table == nullptr)
        return refuse(where(token.source()), "token", shown(token), "a table [[token]]");
      if (auto read = read_token(*table); !read) return read;
    }
    return {};
  }

  Result<void> read_token(const toml::table& table) {
    std::vector<std::string> known;
    for (const TokenKey& key : token_keys()) known.emplace_back(key.name);
    for (const auto& [name, value] : table) {
      if (std::ranges::find(known, name.str()) == known.end()) {
        return fail(ErrorCode::kUsage,
                    fmt::format("{}: [[token]] {}: there is no such key; {}", where(name.source()),
                                in_quotes(name.str()), nearest_of(name.str(), known)));
      }
    }
    TokenConfig token;
    for (const TokenKey& key : token_keys()) {
      const toml::node* node = table.get(key.name);
      const std::string what = fmt::format("[[token]] {}", key.name);
      if (auto* text = std::get_if<0>(&key.place)) {
        const auto* found = node == nullptr ? nullptr : node->as_string();
        if (found == nullptr || !key.accepts(found->get())) {
          // Somebody may have written the token itself where its hash belongs.
          const std::string shows = node == nullptr        ? "nothing"
                                    : key.name == "sha256" ? "something else"
                                                           : shown(*node);
          return refuse(where((node == nullptr ? table : *node).source()), what, shows,
                        key.allowed);
        }
        (*text)(token) = found->get();
      } else if (node != nullptr) {
        const auto* found = node->as_integer();
        if (found == nullptr || found->get() < key.lowest || found->get() > key.highest) {
          return refuse(where(node->source()), what, shown(*node),
                        fmt::format("a whole number, {} to {}", key.lowest, key.highest));
        }
        std::get<1>(key.place)(token) = static_cast<int>(found->get());
      }
    }
    reading_.config.tokens.push_back(std::move(token));
    reading_.token_sources.push_back(where(table.source()));
    return {};
  }

  const std::string& name_;
  ConfigReading& reading_;
};

std::unexpected<Error> refuse_file(const std::filesystem::path& file, std::string_view why) {
  return fail(ErrorCode::kUsage, fmt::format("{}: {}", file.string(), why));
}

Result<std::string> read_all(const std::filesystem::path& file, bool& others_may_read) {
  // Without waiting, should it be a pipe.
  const FileDescriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!descriptor.is_open() || fstat(descriptor.get(), &status) != 0)
    return refuse_file(file, fmt::format("cannot be read: {}", std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) return refuse_file(file, "is no plain file");
  others_may_read = (status.st_mode & 0044) != 0;

  std::string text(kMostConfigBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(descriptor.get(), text.data() + size, text.size() - size);
    if (got < 0) {
      if (errno == EINTR) continue;
      return refuse_file(file, fmt::format("cannot be read: {}", std::strerror(errno)));
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

}  // namespace

Result<void> read_config_text(std::string_view text, const std::string& name,
                              ConfigReading& reading) {
  if (text.size() > kMostConfigBytes) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: over {} bytes; allowed is 1 MiB", name, kMostConfigBytes));
  }
  try {
    return FileReader(name, reading).read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}:{}:{}: this is no TOML: {}", name, error.source().begin.line,
                            error.source().begin.column, one_line(error.description(), 200)));
  }
}

Result<void> read_config_file(const std::filesystem::path& file, ConfigReading& reading) {
  bool others_may_read = false;
  const Result<std::string> text = read_all(file, others_may_read);
  if (!text) return std::unexpected(text.error());
  const std::string name = file.string();
  if (auto read = read_config_text(*text, name, reading); !read) return read;

  for (std::size_t i = 0; others_may_read && i < config_keys().size(); ++i) {
    const ConfigKey& key = config_keys()[i];
    if (!key.is_secret || reading.sources[i].empty()) continue;
    // An address is a secret only with a password in it.
    if (key.name == "nats_url" && reading.config.store.nats_url.find('@') == std::string::npos)
      continue;
    reading.warnings.push_back(
        fmt::format("{}: [{}] {} is a secret, and others can read the file; chmod 600, or set {}",
                    name, key.section, key.name, variable_name(key)));
  }
  return {};
}

}  // namespace pawfect
