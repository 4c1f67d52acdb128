#include "worker/picture_messages.h"

#include <array>
#include <optional>

#include "image/sniff.h"
#include "jobs/strict_json.h"

namespace pawfect {
namespace {

constexpr JsonBounds kBounds{4096, 2};
constexpr std::size_t kMostTextBytes = 1000;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50;
constexpr int kMostSide = 1 << 20;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_text(const PictureRequest& request) {
  Json json;
  json["isMask"] = request.as == PictureChecker::As::kMask;
  json["name"] = request.name.substr(0, kMostTextBytes / 4);
  json["maxPixels"] = request.image.max_pixels;
  json["maxSide"] = request.image.max_side;
  json["maxBytes"] = request.image.max_bytes;
  json["maxFrames"] = request.image.max_frames;
  json["timeMs"] = request.time.count();
  json["memory"] = request.memory;
  return dumped(json);
}

Result<PictureRequest> parse_picture_request(std::string_view text) {
  constexpr std::string_view kName = "picture request";
  const auto json = parse_object(text, kName, kBounds);
  if (!json) return std::unexpected(json.error());
  Fields fields(*json, kName);
  PictureRequest request;
  request.as = fields.boolean("isMask") ? PictureChecker::As::kMask : PictureChecker::As::kPhoto;
  request.name = fields.text("name", kMostTextBytes);
  request.image.max_pixels = fields.whole("maxPixels", 1, kMostBytes);
  request.image.max_side = int(fields.whole("maxSide", 1, kMostSide));
  request.image.max_bytes = fields.whole("maxBytes", 1, kMostBytes);
  request.image.max_frames = int(fields.whole("maxFrames", 1, kMostSide));
  request.time = Milliseconds(fields.whole("timeMs", 1, 86'400'000));
  request.memory = std::uint64_t(fields.whole("memory", 1, kMostBytes));
  if (const auto read = fields.verdict(); !read) return std::unexpected(read.error());
  return request;
}

std::string to_text(const Result<CheckedPicture>& answer) {
  Json json;
  json["isGood"] = answer.has_value();
  if (answer) {
    json["container"] = answer->container;
    json["width"] = answer->width;
    json["height"] = answer->height;
  } else {
    json["isBusy"] = answer.error().code == ErrorCode::kUnavailable;
    json["message"] = answer.error().message.substr(0, kMostTextBytes / 2);
  }
  return dumped(json);
}

Result<CheckedPicture> parse_picture_answer(std::string_view text) {
  constexpr std::string_view kName = "picture answer";
  const auto broken = [](const Error& error) { return fail(ErrorCode::kBug, error.message); };
  const auto json = parse_object(text, kName, kBounds);
  if (!json) return broken(json.error());
  Fields fields(*json, kName);
  if (!fields.boolean("isGood")) {
    const bool is_busy = fields.boolean("isBusy");
    std::string message = fields.text("message", kMostTextBytes * 4);
    if (const auto read = fields.verdict(); !read) return broken(read.error());
    return fail(is_busy ? ErrorCode::kUnavailable : ErrorCode::kBadInput, std::move(message));
  }
  constexpr std::array kContainers{Container::kPng, Container::kJpeg, Container::kWebp,
                                   Container::kTiff};
  CheckedPicture picture;
  picture.container = fields.made(
      "container",
      [&](std::string_view name) -> std::optional<std::string> {
        for (const Container container : kContainers)
          if (name == container_name(container)) return std::string(name);
        return std::nullopt;
      },
      "PNG, JPEG, WebP, TIFF");
  picture.width = int(fields.whole("width", 1, kMostSide));
  picture.height = int(fields.whole("height", 1, kMostSide));
  if (const auto read = fields.verdict(); !read) return broken(read.error());
  return picture;
}

}  // namespace pawfect
