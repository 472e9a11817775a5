#include "ngo/app/ops/profile.hpp"

#include <dlfcn.h>
#include <gperftools/malloc_extension.h>
#include <gperftools/profiler.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "ngo/base/error.hpp"

namespace ngo::app {
namespace {

std::atomic<bool> taken{false};

}  // namespace

std::unique_ptr<CpuProfile> CpuProfile::begin() {
  if (taken.exchange(true)) return nullptr;
  std::unique_ptr<CpuProfile> profile(new CpuProfile);
  profile->file_ = memfd_create("profile", MFD_CLOEXEC);
  const std::string path = "/proc/self/fd/" + std::to_string(profile->file_);
  if (profile->file_ < 0 || ProfilerStart(path.c_str()) == 0)
    throw Error(Code::unavailable, "the CPU profiler cannot be started; does CPUPROFILE run one already?");
  profile->running_ = true;
  return profile;
}

CpuProfile::~CpuProfile() {
  if (running_) ProfilerStop();
  if (file_ >= 0) close(file_);
  taken = false;
}

std::string CpuProfile::finish() {
  if (running_) ProfilerStop();
  running_ = false;
  std::string bytes;
  struct stat about{};
  if (fstat(file_, &about) != 0) return bytes;
  bytes.resize(static_cast<std::size_t>(about.st_size));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = pread(file_, bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

// tcmalloc is not linked: whoever wants it puts it in front of the process, and then it is found by name. Its
// type information is not there to be linked to, so the undefined sanitizer cannot check the call.
#ifdef __clang__
__attribute__((no_sanitize("vptr")))
#endif
std::optional<std::string>
heap_sample() {
  const char* const sampling = std::getenv("TCMALLOC_SAMPLE_PARAMETER");
  if (sampling == nullptr || std::strtoll(sampling, nullptr, 10) <= 0) return std::nullopt;
  using Instance = MallocExtension* (*)();
  const auto instance = reinterpret_cast<Instance>(dlsym(RTLD_DEFAULT, "_ZN15MallocExtension8instanceEv"));
  if (instance == nullptr) return std::nullopt;
  std::string text;
  instance()->GetHeapSample(&text);
  return text;
}

}  // namespace ngo::app
