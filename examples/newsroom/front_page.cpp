#include "front_page.hpp"

namespace newsroom {
namespace {

constexpr const char* kPage = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>newsroom</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1c2733; }
  h1 { font-weight: 600; margin-bottom: 0; }
  p { color: #51606f; }
  dt { font-family: ui-monospace, monospace; font-weight: 600; margin-top: 1.2rem; }
  dd { margin: 0; }
  pre { background: #f3f5f7; padding: .6rem .8rem; border-radius: 4px; overflow-x: auto; margin: .3rem 0; }
  a { color: inherit; }
</style>
<h1>newsroom</h1>
<p>A small news service written with ngo. It keeps its articles in memory.</p>
<dl>
  <dt>GET <a href="/articles">/articles</a></dt>
  <dd>the newest articles, by pages; <code>page</code>, <code>size</code>, <code>tag</code>
  <pre>curl 'http://localhost:8080/articles?size=3&amp;tag=city'</pre></dd>

  <dt>GET <a href="/articles/search?q=bees">/articles/search</a></dt>
  <dd>articles with all of these words
  <pre>curl 'http://localhost:8080/articles/search?q=bees+opera'</pre></dd>

  <dt>GET <a href="/articles/1">/articles/{id}</a></dt>
  <dd>one article
  <pre>curl http://localhost:8080/articles/1</pre></dd>

  <dt>POST /articles</dt>
  <dd>a new one; what is wrong with it is told all at once
  <pre>curl -i http://localhost:8080/articles --json '{"title":"Fog","author":"me","body":"Nothing seen.","tags":["weather"]}'</pre></dd>

  <dt>PUT /articles/{id}</dt>
  <dd>another text in its place
  <pre>curl -X PUT http://localhost:8080/articles/1 --json '{"title":"Sun","author":"me","body":"Everything seen."}'</pre></dd>

  <dt>DELETE /articles/{id}</dt>
  <dd>away with it
  <pre>curl -i -X DELETE http://localhost:8080/articles/1</pre></dd>

  <dt>GET <a href="/health/status">/health/status</a></dt>
  <dd>whether the service takes traffic; <a href="/health/check">/health/check</a>: whether it lives
  <pre>curl http://localhost:8899/health</pre></dd>
</dl>
</html>
)html";

}  // namespace

ngo::Response front_page() { return ngo::Response::html(kPage); }

}  // namespace newsroom
