// The little XML that S3 servers answer with: elements, text, the five named entities and character
// references; attributes are read over. Strict and bounded: comments, CDATA, DOCTYPE, processing
// instructions after the first line, text beside elements, and more than kMostDepth levels are
// refused. Pure functions; the bytes come from outside.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pawfect {

class S3XmlVisitor {
 public:
  static constexpr std::size_t kMostDepth = 8;

  using Path = std::span<const std::string_view>;  // names from the root to the element

  virtual ~S3XmlVisitor() = default;
  virtual Result<void> begin(Path path) = 0;
  // `text`: without what stands in elements inside it, of which there are none when it has text.
  virtual Result<void> end(Path path, const std::string& text) = 0;
};

// Error (kUnavailable): no such XML, with the place; or the visitor's.
Result<void> visit_s3_xml(std::string_view text, S3XmlVisitor& visitor);

// "NoSuchKey" of an error's body; empty: there is none that could be shown.
std::string s3_error_code(std::string_view body);

}  // namespace pawfect
