#include "store/s3_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "store/s3_xml.h"

namespace pawfect {
namespace {

std::optional<std::uint64_t> number(std::string_view text, std::size_t most_digits) {
  std::uint64_t value = 0;
  if (text.empty() || text.size() > most_digits) return std::nullopt;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// ISO 8601 as S3 writes it: "2026-11-28T07:09:49.000Z"; the digits after the point are as many as
// the server likes, or there is no point.
std::optional<WallTime> time_of(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kForm.size() + 1 || text.size() > 40) return std::nullopt;
  for (std::size_t k = 0; k < kForm.size(); ++k)
    if (kForm[k] == 'd' ? text[k] < '0' || text[k] > '9' : text[k] != kForm[k]) return std::nullopt;
  const auto part = [&](std::size_t from, std::size_t length) {
    return static_cast<unsigned>(*number(text.substr(from, length), length));
  };
  const std::chrono::year_month_day day(std::chrono::year(static_cast<int>(part(0, 4))),
                                        std::chrono::month(part(5, 2)),
                                        std::chrono::day(part(8, 2)));
  const unsigned hour = part(11, 2), minute = part(14, 2), second = part(17, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  Milliseconds fraction{0};
  std::string_view rest = text.substr(kForm.size());
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits == 0) return std::nullopt;
    int scale = 100;
    for (const char digit : rest.substr(0, std::min<std::size_t>(digits, 3))) {
      fraction += Milliseconds((digit - '0') * scale);
      scale /= 10;
    }
    rest.remove_prefix(digits);
  }
  if (rest != "Z") return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + fraction;
}

class ListVisitor : public S3XmlVisitor {
 public:
  Result<void> begin(Path path) override {
    if (path[0] != "ListBucketResult") return wrong("no list of a bucket");
    if (path.size() != 2 || path[1] != "Contents") return {};
    if (list_.objects.size() == static_cast<std::size_t>(S3List::kMostObjects))
      return wrong(fmt::format("more than {} objects", S3List::kMostObjects));
    key_.reset();
    size_.reset();
    written_.reset();
    return {};
  }

  Result<void> end(Path path, const std::string& text) override {
    if (path.size() == 2 && path[1] == "Contents") return end_object();
    if (path.size() == 2 && path[1] == "IsTruncated") return take_truncated(text);
    if (path.size() != 3 || path[1] != "Contents") return {};
    if (path[2] == "Key") return take(key_, path[2], std::optional(text));
    if (path[2] == "Size") return take(size_, path[2], number(text, 18));
    if (path[2] == "LastModified") return take(written_, path[2], time_of(text));
    return {};
  }

  Result<S3List> finish() {
    if (!is_truncated_) return wrong("IsTruncated missing");
    list_.is_truncated = *is_truncated_;
    return std::move(list_);
  }

 private:
  static std::unexpected<Error> wrong(std::string_view what) {
    return fail(ErrorCode::kUnavailable, fmt::format("a list that cannot be used: {}", what));
  }

  template <typename T>
  static Result<void> take(std::optional<T>& member, std::string_view name,
                           std::optional<T> value) {
    if (member) return wrong(fmt::format("{} twice", name));
    if (!value) return wrong(fmt::format("no such value of {}", name));
    member = std::move(value);
    return {};
  }

  Result<void> take_truncated(const std::string& text) {
    std::optional<bool> value;
    if (text == "true" || text == "false") value = text == "true";
    return take(is_truncated_, "IsTruncated", value);
  }

  Result<void> end_object() {
    if (!key_ || key_->empty() || !size_ || !written_)
      return wrong("an object without Key, Size or LastModified");
    if (!list_.objects.empty() && *key_ <= list_.objects.back().key)
      return wrong("keys not in ascending order");
    list_.objects.push_back({.key = std::move(*key_), .size = *size_, .written = *written_});
    return {};
  }

  S3List list_;
  std::optional<bool> is_truncated_;
  // Of the object that is being read.
  std::optional<std::string> key_;
  std::optional<std::uint64_t> size_;
  std::optional<WallTime> written_;
};

}  // namespace

Result<S3List> parse_s3_list(std::string_view text) {
  ListVisitor visitor;
  if (const auto read = visit_s3_xml(text, visitor); !read) return std::unexpected(read.error());
  return visitor.finish();
}

}  // namespace pawfect
