// Configuration: what a live value costs to read, and what it takes to load and reload a large file.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "ngo/config/changes.hpp"
#include "ngo/config/live.hpp"
#include "ngo/config/tree.hpp"

namespace {

struct House {
  int seats = 120;
  std::string name = "Old Theatre";
};

void live_value(benchmark::State& state) {
  const ngo::Live<House> house{House()};
  for (auto _ : state) benchmark::DoNotOptimize(house->seats);
}
BENCHMARK(live_value);

void snapshot(benchmark::State& state) {
  const ngo::Live<House> house{House()};
  for (auto _ : state) {
    ngo::Config<House> now = house.now();
    benchmark::DoNotOptimize(now->seats);
  }
}
BENCHMARK(snapshot);

// 40 sections of 50 keys.
std::string large_file() {
  std::string out;
  for (int section = 0; section < 40; ++section) {
    out += "section" + std::to_string(section) + ":\n";
    for (int key = 0; key < 50; ++key)
      out += "  key" + std::to_string(key) + ": value " + std::to_string(section * key) + "\n";
  }
  return out;
}

std::string file_of(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("ngo_micro_config_" + name)).string();
}

ngo::config::Tree load(const std::string& path) {
  ngo::config::CommandLine command_line;
  command_line.files = {path};
  ngo::config::Report report;
  return ngo::config::Tree::load(command_line, {}, ngo::config::Environment(), report);
}

void load_2000_keys(benchmark::State& state) {
  const std::string path = file_of("loaded");
  std::ofstream(path) << large_file();
  for (auto _ : state) {
    ngo::config::Tree tree = load(path);
    benchmark::DoNotOptimize(tree.root());
  }
  std::remove(path.c_str());
}
BENCHMARK(load_2000_keys)->Unit(benchmark::kMillisecond);

void compare_2000_keys(benchmark::State& state) {
  const std::string path = file_of("compared");
  std::ofstream(path) << large_file();
  const ngo::config::Tree before = load(path);
  const ngo::config::Tree after = load(path);
  for (auto _ : state)
    benchmark::DoNotOptimize(ngo::config::changes_between(before.root(), after.root(), before.known()));
  std::remove(path.c_str());
}
BENCHMARK(compare_2000_keys)->Unit(benchmark::kMillisecond);

}  // namespace
