// Percent-decoding and queries: a typical search of five parameters, walked and bound to a struct.
#include <benchmark/benchmark.h>

#include <optional>
#include <string>
#include <vector>

#include "ngo/codec/url.hpp"

namespace {

constexpr std::string_view kQuery = "q=quick%20brown+fox&limit=50&tag=animals&tag=colours&all=true";

struct Search {
  std::string q;
  int limit = 20;
  std::vector<std::string> tag;
  std::optional<bool> all;
  static constexpr auto rules =
      ngo::rules(ngo::range<&Search::limit>(1, 100), ngo::length<&Search::q>(1, 100));
};

void decode_path_without_escapes(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(ngo::url::decode_path("/articles/2024/the-quick-brown-fox", out));
  }
}
BENCHMARK(decode_path_without_escapes);

void decode_path_with_escapes(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(ngo::url::decode_path("/articles/2024/%E5%BC%A0%20%E4%B8%89", out));
  }
}
BENCHMARK(decode_path_with_escapes);

void walk_query(benchmark::State& state) {
  for (auto _ : state) {
    ngo::query::Reader reader(kQuery);
    ngo::query::Pair pair;
    while (reader.next(pair)) benchmark::DoNotOptimize(pair.value.data());
  }
}
BENCHMARK(walk_query);

void bind_query(benchmark::State& state) {
  Search search;
  ngo::Problems problems;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ngo::query::bind_into(ngo::type_of<Search>(), &search, kQuery, problems));
  }
}
BENCHMARK(bind_query);

void encode_segment(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ngo::url::encode_segment("the quick/brown fox"));
}
BENCHMARK(encode_segment);

}  // namespace
