// JSON in and out: a struct of five fields and about 100 bytes, as a small API answers it, and a list of a
// thousand of them. simdjson's on-demand parser, filling the same struct by hand, is the reference for
// reading.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <cstdint>
#include <string>
#include <vector>

#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"

namespace {

struct Article {
  std::int64_t id = 4711;
  std::string title = "The quick brown fox";
  std::string author = "ada@example.org";
  double rating = 4.75;
  bool published = true;
};

std::string one_document() { return ngo::json::to_string(Article{}); }
std::string many_documents() { return ngo::json::to_string(std::vector<Article>(1000)); }

void write_five_fields(benchmark::State& state) {
  const Article article;
  std::string out;
  for (auto _ : state) {
    out.clear();
    ngo::json::write(out, article);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK(write_five_fields);

void read_five_fields(benchmark::State& state) {
  const std::string text = one_document();
  Article article;
  ngo::Problems problems;
  const ngo::json::ReadOptions options;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        ngo::json::parse_into(ngo::type_of<Article>(), &article, text, options, problems));
  }
}
BENCHMARK(read_five_fields);

void read_article(simdjson::ondemand::object object, Article& out) {
  out.id = object["id"].get_int64();
  const std::string_view title = object["title"].get_string();
  out.title.assign(title);
  const std::string_view author = object["author"].get_string();
  out.author.assign(author);
  out.rating = object["rating"].get_double();
  out.published = object["published"].get_bool();
}

void read_five_fields_simdjson(benchmark::State& state) {
  const std::string text = one_document();
  simdjson::ondemand::parser parser;
  Article article;
  for (auto _ : state) {
    const simdjson::padded_string padded(text);
    simdjson::ondemand::document document = parser.iterate(padded);
    read_article(document.get_object(), article);
    benchmark::DoNotOptimize(article);
  }
}
BENCHMARK(read_five_fields_simdjson);

void read_five_fields_simdjson_already_padded(benchmark::State& state) {
  const simdjson::padded_string padded(one_document());
  simdjson::ondemand::parser parser;
  Article article;
  for (auto _ : state) {
    simdjson::ondemand::document document = parser.iterate(padded);
    read_article(document.get_object(), article);
    benchmark::DoNotOptimize(article);
  }
}
BENCHMARK(read_five_fields_simdjson_already_padded);

void write_thousand(benchmark::State& state) {
  const std::vector<Article> articles(1000);
  std::string out;
  for (auto _ : state) {
    out.clear();
    ngo::json::write(out, articles);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(write_thousand);

void read_thousand(benchmark::State& state) {
  const std::string text = many_documents();
  std::vector<Article> articles;
  ngo::Problems problems;
  const ngo::json::ReadOptions options;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        ngo::json::parse_into(ngo::type_of<std::vector<Article>>(), &articles, text, options, problems));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(read_thousand);

void read_thousand_simdjson_already_padded(benchmark::State& state) {
  const simdjson::padded_string padded(many_documents());
  simdjson::ondemand::parser parser;
  std::vector<Article> articles;
  for (auto _ : state) {
    articles.clear();
    simdjson::ondemand::document document = parser.iterate(padded);
    for (simdjson::ondemand::object object : document.get_array())
      read_article(object, articles.emplace_back());
    benchmark::DoNotOptimize(articles.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(padded.size()));
}
BENCHMARK(read_thousand_simdjson_already_padded);

void read_dynamic(benchmark::State& state) {
  const std::string text = one_document();
  for (auto _ : state) benchmark::DoNotOptimize(ngo::json::parse<ngo::JsonValue>(text));
}
BENCHMARK(read_dynamic);

}  // namespace
