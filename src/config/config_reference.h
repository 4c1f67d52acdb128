// What is generated from the table of keys: docs/configuration.md, deploy/pawfect.example.toml, and
// what `pawfect doctor --config` prints. Pure functions.
#pragma once

#include <string>

#include "config/config_reading.h"

namespace pawfect {

// The page about every key, in Markdown.
std::string config_reference();

// A file with every key at its default, commented out.
std::string config_example();

// Every value as it stands and where it comes from, secrets not shown.
std::string config_report(const ConfigReading& reading);

}  // namespace pawfect
