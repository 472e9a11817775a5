"""The checks themselves can fail: each is shown what it must find and what it must leave alone."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import check_docs  # noqa: E402
import check_includes  # noqa: E402
import lint_coroutines  # noqa: E402


class Includes(unittest.TestCase):
    def breaches(self, path, text):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for room in ("base", "runtime", "http", "log"):
                (root / "ngo" / room).mkdir(parents=True)
            (root / path).write_text(text)
            return check_includes.check(root)

    def test_finds_an_arrow_that_points_the_wrong_way(self):
        found = self.breaches("ngo/base/a.cpp", '#include "ngo/http/server.hpp"\n')
        self.assertEqual(len(found), 1)
        self.assertIn("ngo/base/a.cpp:1: base may not include http", found[0])

    def test_finds_third_party_headers_in_public_headers_only(self):
        self.assertEqual(len(self.breaches("ngo/http/a.hpp", "#include <simdjson.h>\n")), 1)
        self.assertEqual(len(self.breaches("ngo/http/a.hpp", "#include <fmt/core.h>\n")), 1)
        self.assertEqual(self.breaches("ngo/http/a.cpp", "#include <simdjson.h>\n"), [])
        self.assertEqual(self.breaches("ngo/log/a.hpp", "#include <fmt/core.h>\n"), [])
        self.assertEqual(self.breaches("ngo/http/a_impl.hpp", "#include <emmintrin.h>\n"), [])

    def test_leaves_what_is_allowed(self):
        self.assertEqual(self.breaches("ngo/http/a.hpp", '#include <string>\n#include <cstdint>\n#include "ngo/base/x.hpp"\n'), [])


class Coroutines(unittest.TestCase):
    BAD = [
        "co_await f(Options{1, 2});",
        "auto x = co_await f({1, 2});",
        "co_await client.call(a, Options{.timeout = 5});",
        "switch (co_await next()) {",
        "co_await f(g(h{1}));",
    ]
    GOOD = [
        "co_await f(Options(1, 2));",
        "Options o{1, 2}; co_await f(o);",
        "auto v = co_await f(); switch (v) {",
        "co_await f([&] { return 1; });",
        "co_await run([&](Scope& s) -> Task<> { s.spawn(x()); co_return; });",
        "// co_await f(Options{1})",
        'log("co_await f(Options{1})");',
        "if (co_await f()) { g({1}); }",
        "co_await f(Value{});  // coroutine-lint: ok",
    ]

    def found(self, text):
        return [what for position, what in lint_coroutines.find(text)
                if "coroutine-lint: ok" not in text]

    def test_finds_the_silent_patterns(self):
        for text in self.BAD:
            self.assertEqual(len(self.found(text)), 1, text)

    def test_leaves_the_safe_spellings(self):
        for text in self.GOOD:
            self.assertEqual(self.found(text), [], text)


class Docs(unittest.TestCase):
    def test_finds_stale_excerpts_unmarked_code_and_dead_links(self):
        page = check_docs.ROOT / "docs" / "test-page-of-the-checks.md"
        page.write_text("<!-- snippet: examples/hello/main.cpp -->\n```cpp\nstale\n```\n\ntext\n\n```cpp\nint x;\n```\n[a](no/such.md)\n")
        try:
            found = check_docs.check(page, False)
        finally:
            page.unlink()
        self.assertEqual(len(found), 3, found)


if __name__ == "__main__":
    unittest.main()
