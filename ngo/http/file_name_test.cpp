#include "ngo/http/file_name.hpp"

#include <gtest/gtest.h>

#include "ngo/base/utf8.hpp"

namespace ngo::http {
namespace {

TEST(FileName, IsMadeSafe) {
  struct Case {
    std::string_view sent;
    std::string_view safe;
  };
  using std::string_view_literals::operator""sv;
  for (const Case& each : {
           Case{"photo.jpg", "photo.jpg"},
           Case{"Ihr Foto 1.jpg", "Ihr Foto 1.jpg"},
           Case{"\xc3\xa4\xe6\x96\x87.txt", "\xc3\xa4\xe6\x96\x87.txt"},
           Case{"../../etc/passwd", "passwd"},
           Case{"/etc/passwd", "passwd"},
           Case{"..\\..\\boot.ini", "boot.ini"},
           Case{"C:\\Users\\me\\x.doc", "x.doc"},
           Case{"a/..", "file"},
           Case{"..", "file"},
           Case{".", "file"},
           Case{"", "file"},
           Case{"...", "file"},
           Case{"a/", "file"},
           Case{" ", "file"},
           Case{".htaccess", "htaccess"},
           Case{".ssh/authorized_keys", "authorized_keys"},
           Case{"x.php. ", "x.php"},
           Case{"a\0b.png"sv, "ab.png"},
           Case{"a\r\nSet-Cookie: x=1", "aSet-Cookie_ x_1"},
           Case{"-rf", "_-rf"},
           Case{"--help.txt", "_--help.txt"},
           Case{"nul", "_nul"},
           Case{"CON.txt", "_CON.txt"},
           Case{"com1.log", "_com1.log"},
           Case{"console.log", "console.log"},
           Case{"a:b|c<d>e\"f?g*h", "a_b_c_d_e_f_g_h"},
           Case{"$(reboot).txt", "__reboot_.txt"},
           Case{"`id`;x&y", "_id__x_y"},
           Case{"cod\xe2\x80\xaegpj.exe", "codgpj.exe"},
           Case{"a\xef\xbb\xbf\xe2\x80\x8b.txt", "a.txt"},
           Case{"a\xc2\x85"
                "b",
                "ab"},
           Case{"\xff\xfe.txt", "__.txt"},
           Case{"%2e%2e%2fpasswd", "_2e_2e_2fpasswd"},
           Case{"file.txt::$DATA", "file.txt___DATA"},
       }) {
    EXPECT_EQ(safe_file_name(each.sent), each.safe) << each.sent;
  }
}

TEST(FileName, IsCutAtTheEdgeOfACharacterAndKeepsItsExtension) {
  std::string sent;
  for (int i = 0; i < 150; ++i) sent += "\xc3\xa4";
  const std::string safe = safe_file_name(sent + ".jpeg");
  EXPECT_LE(safe.size(), 200U);
  EXPECT_TRUE(is_utf8(safe));
  EXPECT_TRUE(safe.ends_with("\xa4.jpeg"));
  EXPECT_EQ(safe_file_name("a." + std::string(1000, 'b')).size(), 200U);
}

}  // namespace
}  // namespace ngo::http
