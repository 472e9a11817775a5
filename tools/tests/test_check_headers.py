"""The header check finds a header that relies on what somebody else includes."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import check_headers  # noqa: E402


class Headers(unittest.TestCase):
    def test_finds_the_header_that_does_not_compile_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "ngo").mkdir()
            (root / "ngo" / "good.hpp").write_text("#pragma once\n#include <cstddef>\nstruct Good { std::size_t size; };\n")
            (root / "ngo" / "bad.hpp").write_text("#pragma once\nstruct Bad { std::size_t size; };\n")
            (root / "ngo" / "unguarded.hpp").write_text("struct Unguarded {};\n")
            found = list(check_headers.check(root, ["clang++-19"]))
        self.assertEqual([text.split()[0] for text in found], ["ngo/bad.hpp", "ngo/unguarded.hpp"])


if __name__ == "__main__":
    unittest.main()
