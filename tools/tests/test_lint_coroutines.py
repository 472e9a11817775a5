"""The coroutine rules find what g++ 12 gets wrong (each seen to go wrong, docs/compilers.md) and nothing else."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import lint_coroutines  # noqa: E402

# What each line must be found as; each stands in a function with a local variable.
BAD = {
    "co_await f(Options{1, 2});": "braced",
    "auto x = co_await f({1, 2});": "braced",
    "co_await f(first, {});": "braced",
    "co_await client.call(a, Options{.timeout = 5});": "braced",
    "co_await f(g(H{1}));": "braced",
    "use(Options{1}, co_await f());": "braced",
    "co_return co_await f(Options<int>{1});": "braced",
    "if (co_await f(Options{1}) == 3) return_it();": "braced",
    "co_await f(std::array<Text, 2>{a, b});": "braced",
    "Article article{.id = co_await next(), .title = title};": "braced",
    "Article article = {co_await next(), title};": "braced",
    "co_return Article{co_await next(), title};": "braced",
    "list.push_back({title, co_await next()});": "braced",
    "co_await\n    f(Options{\n        1, 2});": "braced",
    "co_await blocking([text] { return text.size(); });": "capture",
    "co_await blocking([=] { return 1; });": "capture",
    "co_await blocking([&a, text = std::move(text)]() mutable { return text; });": "capture",
    "co_await [self = *this]() -> Task<> { co_return; }();": "capture",
    "switch (co_await next()) { case 1: break; }": "switch",
    "switch (static_cast<int>(co_await next())) { case 1: break; }": "switch",
}

GOOD = [
    "co_await f(Options(1, 2));",
    "Options o{1, 2}; co_await f(o);",
    "Options o{1, 2};\nco_await f(std::move(o));",
    "auto v = co_await f(); switch (v) { case 1: break; }",
    "switch (const auto v = co_await f(); v) { case 1: break; }",
    "co_await f([&] { return Options{1}; });",
    "co_await f([&a, this] { return a; });",
    "co_await f([] { return 1; });",
    "co_await run([&](Scope& s) -> Task<> { s.spawn(x({1})); co_return; });",
    "auto task = f(Options{1}); co_await std::move(task);",
    "auto read = [text] { return text.size(); }; co_await blocking(std::move(read));",
    "auto all = [text]() -> Task<void> { co_await f(); }; loop.block_on(all());",
    "spawn([text]() -> Task<> { co_await f(); }, Options{1});",
    "co_await sleep(std::chrono::milliseconds{5});",
    "co_await f(std::string{text});",
    "int x{co_await f()};",
    "// co_await f(Options{1})\nnext();",
    'log("co_await f(Options{1})");',
    "if (co_await f()) { g({1}); }",
    "if (ready) co_await f(); else g(Options{1});",
    "if (matches(Options{1})) co_await f();",
    "while (co_await next()) { use(Options{1}); }",
    "for (const int k : list) { co_await f(k); g({k}); }",
    "table[text] = co_await f(values[i]);",
    "co_await f(Value{});  // coroutine-lint: ok",
]

# Whole functions and what must be found in them.
FUNCTIONS = {
    "Task<int> f(int n) { if (co_await g(n) == 7) co_return 7; co_return 1; }": ["condition"],
    "Task<int> S::f() const { log(); while (co_await g()) { co_return 7; } co_return 1; }": ["condition"],
    "Task<int> f() { for (; co_await g() == 1;) { } co_return 7; }": ["condition"],
    "Task<int> f() { do { co_await g(); } while (co_await h()); co_return 7; }": ["condition"],
    "Task<int> f() { if (!co_await g()) throw no_such(1); co_return 7; }": ["condition"],
    "Task<int> f(int n) { const bool b = co_await g(n); if (b) co_return 7; co_return 1; }": [],
    "Task<int> f(int n) { int k = n; if (co_await g(k)) co_return 7; co_return 1; }": [],
    "Task<int> f(int n) { if (auto k = co_await g(n); k == 1) co_return 7; co_return 1; }": [],
    "auto f = [](int n) -> Task<int> { if (co_await g(n)) co_return 7; co_return 1; };": [],
    "Task<int> f() { co_return co_await g() == 7 ? 7 : 1; }": [],
    "Task<int> f() { std::vector<int> v; if (co_await g()) co_return 7; co_return 1; }": [],
    "struct S { int a = co(); Task<> f() { if (x) co_await g(); co_return; } };": [],
}


def names(text):
    return [what.split(":")[0] for line, what in lint_coroutines.find(text)]


class Coroutines(unittest.TestCase):
    def test_finds_the_silent_patterns(self):
        for text, name in BAD.items():
            with self.subTest(text):
                self.assertEqual(names(f"Task<> f(T a) {{\n  int local = 0;\n  {text}\n}}"), [name])

    def test_leaves_the_safe_spellings(self):
        for text in GOOD:
            with self.subTest(text):
                self.assertEqual(names(f"Task<> f(T a) {{\n  int local = 0;\n  {text}\n}}"), [])

    def test_knows_functions_without_local_variables(self):
        for text, wanted in FUNCTIONS.items():
            with self.subTest(text):
                self.assertEqual(names(text), wanted)

    def test_names_the_line(self):
        self.assertEqual(lint_coroutines.find("Task<> f() {\n  int k = 0;\n  co_await g(\n      A{});\n}\n")[0][0], 4)


if __name__ == "__main__":
    unittest.main()
