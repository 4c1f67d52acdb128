#include "metrics/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace pawfect {
namespace {

int count_open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return 0;
  // The folder itself is open while it is read.
  int count = -1;
  for (auto file = begin(files); file != end(files); file.increment(error)) {
    if (error) break;
    ++count;
  }
  return count;
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  std::uint64_t pages = 0, resident_pages = 0;
  if (std::ifstream("/proc/self/statm") >> pages >> resident_pages)
    usage.resident_bytes = resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  timespec time{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0)
    usage.cpu_seconds = static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  usage.open_files = count_open_files();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) usage.most_open_files = limit.rlim_cur;
  return usage;
}

}  // namespace pawfect
