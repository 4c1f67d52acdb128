#include "cli/report.h"

#include <span>
#include <string>

#include "image/save.h"

namespace pawfect {
namespace {

Json rect_to_json(const PixelRect& rect) {
  return {{"x", rect.x}, {"y", rect.y}, {"width", rect.width}, {"height", rect.height}};
}

std::string status_of(const FillReport& report) {
  if (report.is_skipped) return "skipped";
  if (!report.error) return "done";
  return report.error->code == ErrorCode::kCancelled ? "cancelled" : "failed";
}

Json error_to_json(const FillReport& report) {
  if (!report.error) return nullptr;
  return {{"exit_status", int(report.error->code)}, {"message", report.error->message}};
}

Json image_to_json(const FillReport& report) {
  Json json{{"path", report.files.image.string()}};
  if (const auto& photo = report.photo) {
    json["width"] = photo->width;
    json["height"] = photo->height;
    json["channels"] = photo->channels;
    json["bits_per_sample"] = photo->bits;
    json["container"] = container_name(photo->container);
  }
  return json;
}

Json mask_to_json(const FillReport& report) {
  const bool is_rejected = report.error && report.error->code == ErrorCode::kMaskRejected;
  Json json{{"path", report.files.mask.string()},
            {"verdict", is_rejected   ? "rejected"
                        : report.mask ? "accepted"
                                      : "unknown"}};
  if (const auto& mask = report.mask) {
    json["given_width"] = mask->given_width;
    json["given_height"] = mask->given_height;
    json["pixels"] = mask->mask_px;
    json["cover"] = mask->cover;
    json["parts"] = mask->parts;
    json["largest_part_pixels"] = mask->largest_part_px;
    json["faint_pixels"] = mask->faint_px;
    json["faint_pixels_left"] = mask->faint_left_px;
    json["specks_dropped"] = mask->specks_dropped;
    json["pinholes_filled"] = mask->pinholes_filled;
    json["shadow_pixels"] = mask->shadow_px;
    json["grow"] = mask->grow_px;
    json["blend"] = mask->blend_px;
  }
  return json;
}

Json output_to_json(const FillReport& report) {
  if (!report.written) return nullptr;
  return {{"path", report.files.out.string()}, {"container", container_name(*report.written)}};
}

Json windows_to_json(const FillReport& report) {
  Json windows = Json::array();
  if (!report.job) return windows;
  for (const WindowReport& window : report.job->windows) {
    Json json{{"rect", rect_to_json(window.rect)},
              {"hole_box", rect_to_json(window.hole_box)},
              {"hole_pixels", window.hole_pixels},
              {"seconds", window.seconds}};
    if (window.model)
      json["working"] = {{"width", window.model->width}, {"height", window.model->height}};
    windows.push_back(std::move(json));
  }
  return windows;
}

// What is the same for all windows; null for an engine without a model.
Json model_to_json(const FillReport& report) {
  if (!report.job || report.job->windows.empty()) return nullptr;
  const std::optional<ModelRun>& model = report.job->windows.front().model;
  if (!model) return nullptr;
  const ModelRun& run = *model;
  Json json{{"variant", run.variant},
            {"files", run.files},
            {"backend", run.backend},
            {"device", run.device},
            {"multiplied_as", run.multiplied_as},
            {"noise", run.noise},
            {"steps", run.steps},
            {"guidance", run.guidance},
            {"text_tokens", run.text_tokens}};
  const auto& refine = report.settings.job.model.refine;
  json["refine"] = refine ? Json(*refine) : Json(nullptr);
  return json;
}

Json stages_to_json(const FillReport& report) {
  Json stages = Json::array();
  for (const StageTime& stage : report.stages) {
    stages.push_back({{"name", stage.name}, {"seconds", stage.seconds}});
  }
  return stages;
}

}  // namespace

Json report_head(std::string_view kind) {
  return {{"kind", kind}, {"version", 1}, {"program", "pawfect " PAWFECT_VERSION}};
}

Json fill_to_json(const FillReport& report) {
  const FillSettings& settings = report.settings;
  Json json;
  json["status"] = status_of(report);
  json["error"] = error_to_json(report);
  json["image"] = image_to_json(report);
  json["mask"] = mask_to_json(report);
  json["output"] = output_to_json(report);
  json["engine"] = settings.engine;
  json["variant"] = settings.setup.variant;
  json["seed"] = settings.job.seed;
  json["threads"] = settings.job.threads;
  json["prompt"] = {{"text", settings.job.prompt},
                    {"source", settings.job.prompt.empty() ? "none" : "option"}};
  json["model"] = model_to_json(report);
  json["windows"] = windows_to_json(report);
  json["stages"] = stages_to_json(report);
  json["seconds"] = report.seconds;
  // The job compares the result with the photo before it hands it out and fails on any difference.
  json["pixels_changed_outside"] = report.job ? Json(0) : Json(nullptr);
  json["memory_bytes"] = report.job ? Json(report.job->memory_bytes) : Json(nullptr);
  json["warnings"] = report.notices;
  return json;
}

Result<void> write_report(const Json& document, const std::filesystem::path& file) {
  // File names need not be UTF-8; JSON must be.
  const std::string text = document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return write_file_atomically(
      std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), file);
}

}  // namespace pawfect
