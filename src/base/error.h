// Errors are values: every boundary (files, options, engines) returns Result<T>.
// An Error is one line for a person: it names the file or field, what was found, what is allowed
// and what to do next. The code decides the exit status of the command line and, later, the HTTP
// status. Value types; safe to copy between threads.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace pawfect {

// The numbers are the exit statuses of the command line.
enum class ErrorCode {
  kUsage = 2,         // an option is unknown, missing or out of range
  kBadInput = 3,      // a file cannot be read, is damaged, unsupported or over a limit
  kMaskRejected = 4,  // the mask is readable but nothing sensible can be filled
  kModelMissing = 5,  // an engine or its weights are absent or refused
  kCancelled = 6,
  kUnavailable = 69,  // a server or a disk that is needed does not answer now; try again later
  kBug = 70,          // our fault
};

struct Error {
  ErrorCode code = ErrorCode::kBug;
  std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace pawfect
