#include "api/uploads.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "api/problems.h"

namespace pawfect {

using http::Problem;

std::expected<UploadForm, Problem> upload_form(const http::Request& request) {
  const std::string_view header = request.header("content-type");
  std::string type(header.substr(0, header.find(';')));
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  type.erase(type.find_last_not_of(" \t") + 1);
  if (type == "multipart/form-data") return UploadForm::kForm;
  if (type.empty() || type.starts_with("image/") || type == "application/octet-stream")
    return UploadForm::kBytes;
  return std::unexpected(
      Problem{415, "media-type",
              "send multipart/form-data, or the bytes of a picture as image/* or "
              "application/octet-stream"});
}

std::expected<CheckedPicture, Problem> check_picture(const ApiParts& parts,
                                                     const http::SpoolFile& file,
                                                     PictureChecker::As what,
                                                     std::string_view field) {
  if (file.size() == 0)
    return std::unexpected(Problem{422, "bad-image", std::string(field) + ": is empty"});
  if (file.size() > parts.config.uploads.most_bytes) {
    return std::unexpected(Problem{413, "too-large",
                                   fmt::format("{}: has {} bytes; {} are allowed", field,
                                               file.size(), parts.config.uploads.most_bytes)});
  }
  auto picture = parts.checker.check(file.descriptor(), what, field);
  if (picture) return *std::move(picture);
  const Error& error = picture.error();
  if (error.code == ErrorCode::kBadInput) {
    parts.context.metrics.refused("bad-image");
    return std::unexpected(Problem{422, "bad-image", error.message});
  }
  parts.context.log.error("picture_check_failed", {{"error", error.message}});
  return std::unexpected(
      Problem{503, "checker", "pictures cannot be looked at right now; try again", 5});
}

std::expected<std::string, Problem> store_picture(const ApiParts& parts,
                                                  const http::SpoolFile& file,
                                                  std::string_view prefix) {
  auto blob = parts.stores.blobs.put(prefix, file.path());
  if (blob) return *std::move(blob);
  parts.context.metrics.store_error("blobs");
  parts.context.log.error("blob_not_stored", {{"error", blob.error().message}});
  return std::unexpected(store_problem(blob.error()));
}

}  // namespace pawfect
