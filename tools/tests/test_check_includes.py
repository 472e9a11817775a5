"""The include check finds arrows that point the wrong way and what must not reach users, and leaves the rest."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import check_includes  # noqa: E402


class Includes(unittest.TestCase):
    def breaches(self, **files):
        """What is said of a tree that has these files: room__name_suffix -> text."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                stem, suffix = name.rsplit("_", 1)
                path = root / "ngo" / f"{stem.replace('__', '/')}.{suffix}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check_includes.check(root)

    def assert_one(self, wanted, **files):
        found = self.breaches(**files)
        self.assertEqual(len(found), 1, found)
        self.assertIn(wanted, found[0])

    def test_finds_an_arrow_that_points_to_the_right(self):
        self.assert_one("ngo/runtime/a.cpp:2: runtime may not include http; it may include base",
                        runtime__a_cpp='\n#include "ngo/http/server.hpp"\n', base__x_cpp="")

    def test_finds_an_arrow_between_rooms_of_one_step(self):
        self.assert_one("net may not include codec", net__a_hpp='#include "ngo/codec/json.hpp"\n')

    def test_finds_an_entry_header_inside_of_the_library(self):
        self.assert_one("the entry for users", redis__a_cpp='#include "ngo/app.hpp"\n')

    def test_finds_angle_brackets_around_ngo(self):
        self.assert_one("write \"ngo/base/a.hpp\"", base__b_cpp="#include <ngo/base/a.hpp>\n", base__a_hpp="")

    def test_finds_a_room_that_is_not_in_the_map(self):
        self.assert_one("the room attic is not in the map", attic__a_cpp="")

    def test_finds_third_party_and_system_headers_in_public_headers(self):
        self.assert_one("not simdjson.h", codec__a_hpp="#include <simdjson.h>\n")
        self.assert_one("not sys/socket.h", net__a_hpp="#include <sys/socket.h>\n")
        self.assert_one("not fmt/core.h", http__a_hpp="#include <fmt/core.h>\n")
        self.assert_one("not fmt/format.h", log__a_hpp="#include <fmt/format.h>\n")

    def test_finds_them_in_what_a_public_header_includes(self):
        self.assert_one("users see it through ngo/codec/a.hpp", codec__a_hpp='#include "ngo/codec/detail/b.hpp"\n',
                        codec__detail__b_hpp="#include <emmintrin.h>\n")

    def test_finds_a_public_header_that_needs_what_is_not_installed(self):
        self.assert_one("is not installed", http__a_hpp='#include "ngo/http/b_impl.hpp"\n', http__b_impl_hpp="")

    def test_leaves_what_is_allowed(self):
        self.assertEqual(self.breaches(
            app_hpp='#include "ngo/app/a.hpp"\n', app__a_hpp='#include <cstdint>\n#include "ngo/http/b.hpp"\n',
            http__b_hpp='#include "ngo/base/c.hpp"\n#include "ngo/version.hpp"\n', base__c_hpp="#include <string>\n",
            log__d_hpp="#include <fmt/core.h>\n", codec__e_cpp="#include <simdjson.h>\n",
            http__f_impl_hpp="#include <emmintrin.h>\n", codec__detail__g_hpp="#include <emmintrin.h>\n",
            version_hpp="#include <string_view>\n"), [])


if __name__ == "__main__":
    unittest.main()
