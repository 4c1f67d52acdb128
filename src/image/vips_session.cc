#include "image/vips_session.h"

#include <cstdlib>
#include <mutex>
#include <optional>

#include "image/load.h"

namespace pawfect {
namespace {

void stay_silent(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

// Modules are searched below VIPSHOME; a folder that does not exist brings none. That keeps
// decoders we never ask for out of the process, and halves the start-up time.
class NoModules {
 public:
  NoModules() {
    if (const char* old = std::getenv(kName)) before_ = old;
    setenv(kName, "/nonexistent", 1);
  }
  ~NoModules() {
    if (before_) {
      setenv(kName, before_->c_str(), 1);
    } else {
      unsetenv(kName);
    }
  }
  NoModules(const NoModules&) = delete;
  NoModules& operator=(const NoModules&) = delete;

 private:
  static constexpr const char* kName = "VIPSHOME";
  std::optional<std::string> before_;
};

bool start() {
  {
    const NoModules no_modules;
    if (vips_init("pawfect") != 0) return false;
  }
  // Warnings (odd TIFF tags, say) would stand between our own lines on stderr.
  for (const GLogLevelFlags level :
       {G_LOG_LEVEL_WARNING, G_LOG_LEVEL_MESSAGE, G_LOG_LEVEL_INFO, G_LOG_LEVEL_DEBUG}) {
    g_log_set_handler("VIPS", level, stay_silent, nullptr);
  }
  vips_block_untrusted_set(TRUE);
  vips_cache_set_max(0);
  vips_concurrency_set(1);
  return true;
}

}  // namespace

Result<void> start_vips() {
  static std::once_flag once;
  static bool is_running = false;
  std::call_once(once, [] { is_running = start(); });
  if (is_running) return {};
  return fail(ErrorCode::kBug, "libvips cannot start; install the package libvips42 again");
}

std::string take_vips_error() {
  gchar* copy = vips_error_buffer_copy();
  std::string text = copy ? copy : "";
  g_free(copy);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const std::size_t line = text.rfind('\n');  // the last line is the cause nearest to us
  return line == std::string::npos ? text : text.substr(line + 1);
}

bool set_codec_threads(int threads) {
  if (threads < 1 || !start_vips()) return false;
  vips_concurrency_set(threads);
  return true;
}

}  // namespace pawfect
