#include "http/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "http/multipart.h"

namespace pawfect::http {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

// Where the present part goes.
class FormBuilder {
 public:
  FormBuilder(const FormRules& rules, std::filesystem::path folder)
      : rules_(rules), folder_(std::move(folder)) {}

  std::expected<void, Problem> begin(const PartHead& head) {
    if (std::ranges::find(seen_, head.name) != seen_.end()) {
      return std::unexpected(Problem{
          400, "bad-multipart", fmt::format("the form has '{}' twice", head.name.substr(0, 50))});
    }
    seen_.push_back(head.name);
    is_file_ = std::ranges::find(rules_.files, head.name) != rules_.files.end();
    if (!is_file_) {
      form_.fields.emplace_back(head.name, "");
      return {};
    }
    auto file = SpoolFile::create(folder_);
    if (!file) return std::unexpected(file.error());
    form_.files.push_back({head.name, head.file_name, std::move(*file)});
    return {};
  }

  std::expected<void, Problem> add(std::string_view data) {
    if (is_file_) return form_.files.back().file.write(std::as_bytes(std::span(data)));
    auto& [name, text] = form_.fields.back();
    if (text.size() + data.size() > rules_.most_field_bytes) {
      return std::unexpected(Problem{
          400, "bad-field",
          fmt::format("'{}' has more than {} bytes", name.substr(0, 50), rules_.most_field_bytes)});
    }
    text += data;
    return {};
  }

  Form take() { return std::move(form_); }

 private:
  const FormRules& rules_;
  std::filesystem::path folder_;
  Form form_;
  std::vector<std::string> seen_;
  bool is_file_ = false;
};

}  // namespace

FormFile* Form::file(std::string_view name) {
  const auto found = std::ranges::find(files, name, &FormFile::name);
  return found == files.end() ? nullptr : &*found;
}

std::optional<std::string> Form::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return std::nullopt;
}

asio::awaitable<std::expected<Form, Problem>> read_form(const Request& request, Body& body,
                                                        FormRules rules,
                                                        std::filesystem::path folder) {
  const auto boundary = multipart_boundary(request.header("content-type"));
  if (!boundary) {
    co_return std::unexpected(Problem{
        415, "media-type", "send multipart/form-data with a boundary, or the bytes of a picture"});
  }
  MultipartParser parser(*boundary);
  FormBuilder form(rules, std::move(folder));
  std::array<std::byte, kPiece> piece;
  using Event = MultipartParser::Event;
  while (true) {
    const auto event = parser.next();
    if (!event) co_return std::unexpected(event.error());
    std::expected<void, Problem> done;
    if (*event == Event::kPartBegins) done = form.begin(parser.head());
    if (*event == Event::kData) done = form.add(parser.data());
    if (!done) co_return std::unexpected(done.error());
    if (*event != Event::kNeedMore && *event != Event::kEnd) continue;
    // Behind the end a client may send line ends; they are read, so that the connection stays.
    const auto count = co_await body.read(piece);
    if (!count) co_return std::unexpected(count.error());
    if (*count == 0 && parser.is_whole()) co_return form.take();
    if (*count == 0)
      co_return std::unexpected(Problem{400, "bad-multipart", "the form ends in the middle"});
    parser.feed({reinterpret_cast<const char*>(piece.data()), *count});
  }
}

}  // namespace pawfect::http
