"""The check of the book finds stale and invented code and dead links."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import check_docs  # noqa: E402

PROGRAM = "// [all]\nint main() {\n  // [inner]\n  work();\n  rest();\n  // [/inner]\n}\n// [/all]\n"


class Docs(unittest.TestCase):
    def checked(self, page, fix=False):
        """The problems of a book with this one page, and the page after the check."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ("examples", "tests/programs", "docs"):
                (root / name).mkdir(parents=True)
            (root / "examples" / "main.cpp").write_text(PROGRAM)
            (root / "docs" / "page.md").write_text(page)
            problems = check_docs.check(root, fix)
            return problems, (root / "docs" / "page.md").read_text()

    def assert_one(self, wanted, page):
        problems, _ = self.checked(page)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(wanted, problems[0])

    def test_finds_a_stale_snippet_and_mends_it(self):
        page = "text\n\n<!-- snippet: examples/main.cpp inner -->\n```cpp\nstale();\n```\n"
        self.assert_one("docs/page.md:3: not what stands in examples/main.cpp inner", page)
        problems, fixed = self.checked(page, fix=True)
        self.assertEqual(problems, [])
        self.assertIn("```cpp\nwork();\nrest();\n```\n", fixed)

    def test_finds_a_snippet_of_nothing(self):
        self.assert_one("has no part [outer]", "<!-- snippet: examples/main.cpp outer -->\n```cpp\nx\n```\n")
        self.assert_one("No such file", "<!-- snippet: examples/gone.cpp -->\n```cpp\nx\n```\n")

    def test_finds_code_that_no_program_contains(self):
        self.assert_one("docs/page.md:2: no program", "```cpp\ninvented();\n```\n")
        self.assert_one("`invented();`", "```cpp\nwork();\n...\ninvented();\n```\n")

    def test_finds_dead_links_outside_of_code(self):
        self.assert_one("docs/page.md:2: the link leads nowhere: gone.md",
                        "[here](page.md#part) [there](https://example.com)\n[gone](gone.md)\n```sh\n[x](y)\n```\n")

    def test_leaves_quotations_and_what_says_why_it_is_not_compiled(self):
        self.assertEqual(self.checked("```cpp\nint main() {\n    work();\n    ...\n}\n```\n")[0], [])
        self.assertEqual(self.checked("<!-- not compiled: a sketch -->\n```cpp\ninvented();\n```\n")[0], [])
        self.assertEqual(self.checked("```sh\nls\n```\n")[0], [])


if __name__ == "__main__":
    unittest.main()
