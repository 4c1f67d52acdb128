// The JSON documents that --report writes; docs/report.schema.json describes them and a test holds
// them to it. Member names are a contract: new ones may come, none changes its meaning.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "cli/fill_file.h"

namespace pawfect {

// Ordered as written, so that a person finds the important things first.
using Json = nlohmann::ordered_json;

// kind, version and program: how every report begins.
Json report_head(std::string_view kind);

// One fill, without the head.
Json fill_to_json(const FillReport& report);

// Writes the document, whole or not at all. Errors as write_file_atomically.
Result<void> write_report(const Json& document, const std::filesystem::path& file);

}  // namespace pawfect
