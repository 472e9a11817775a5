// CPU profiles of this process by gperftools' sampling: a timer interrupts whichever thread computes, a
// hundred times for each second of CPU time, and notes its stack. While no profile is taken it costs nothing.
// And the memory that is in use, where the process runs with tcmalloc and its sampling.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace ngo::app {

class CpuProfile {
 public:
  // Begins to sample. Null when another profile is being taken.
  [[nodiscard]] static std::unique_ptr<CpuProfile> begin();
  CpuProfile(const CpuProfile&) = delete;
  CpuProfile& operator=(const CpuProfile&) = delete;
  // Ends it, as finish() does.
  ~CpuProfile();

  // Ends it and gives back what was seen, in the binary format that pprof reads (legacy CPU profile with the
  // map of the process behind it). Once.
  [[nodiscard]] std::string finish();

 private:
  CpuProfile() = default;
  int file_ = -1;
  bool running_ = false;
};

// A sample of what is allocated and not freed, in the text format that pprof reads; nothing unless tcmalloc
// samples in this process (kHowToSampleHeap).
[[nodiscard]] std::optional<std::string> heap_sample();

inline constexpr const char* kHowToSampleHeap =
    "no heap profile: this process does not run with tcmalloc's sampling. Start it with "
    "LD_PRELOAD=libtcmalloc.so.4 TCMALLOC_SAMPLE_PARAMETER=524288 (Debian: libgoogle-perftools4)";

}  // namespace ngo::app
