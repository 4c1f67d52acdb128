// A multipart form as a handler wants it: files in spool files, small fields as texts. Bounded: so
// many files and fields, fields no longer than a limit.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.h"
#include "http/spool.h"

namespace pawfect::http {

struct FormFile {
  std::string name;       // of the field
  std::string file_name;  // as the client calls it
  SpoolFile file;
};

struct Form {
  std::vector<FormFile> files;
  Texts fields;

  // The file of that field; null: it is not there.
  FormFile* file(std::string_view name);
  std::optional<std::string> field(std::string_view name) const;
};

struct FormRules {
  std::vector<std::string> files;           // fields that are files; each at most once
  std::size_t most_field_bytes = 8 * 1024;  // of any other
};

// Problems: the body's; 415: it is no multipart form; 400: it is a damaged one, a field is too long
// or there twice; 507: no room.
asio::awaitable<std::expected<Form, Problem>> read_form(const Request& request, Body& body,
                                                        FormRules rules,
                                                        std::filesystem::path folder);

}  // namespace pawfect::http
