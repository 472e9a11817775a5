#include "ngo/codec/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "ngo/base/text.hpp"
#include "ngo/base/utf8.hpp"

namespace ngo {
namespace {

// What it is called in a Content-Type, and what glibc calls the encoding that browsers take it for.
struct Encoding {
  std::string_view label;
  const char* name;
};
constexpr const char* kUtf8 = "UTF-8";
constexpr const char* kUtf16Le = "UTF-16LE";
constexpr const char* kUtf16Be = "UTF-16BE";
constexpr Encoding kEncodings[] = {
    {"utf-8", kUtf8},
    {"utf8", kUtf8},
    {"utf-16", kUtf16Le},
    {"utf-16le", kUtf16Le},
    {"utf-16be", kUtf16Be},
    {"us-ascii", "WINDOWS-1252"},
    {"ascii", "WINDOWS-1252"},
    {"iso-8859-1", "WINDOWS-1252"},
    {"iso8859-1", "WINDOWS-1252"},
    {"latin1", "WINDOWS-1252"},
    {"windows-1252", "WINDOWS-1252"},
    {"cp1252", "WINDOWS-1252"},
    {"iso-8859-2", "ISO-8859-2"},
    {"latin2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-9", "WINDOWS-1254"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"windows-874", "CP874"},
    {"tis-620", "CP874"},
    {"windows-1250", "WINDOWS-1250"},
    {"windows-1251", "WINDOWS-1251"},
    {"windows-1253", "WINDOWS-1253"},
    {"windows-1254", "WINDOWS-1254"},
    {"windows-1255", "WINDOWS-1255"},
    {"windows-1256", "WINDOWS-1256"},
    {"windows-1257", "WINDOWS-1257"},
    {"windows-1258", "WINDOWS-1258"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"ibm866", "CP866"},
    {"macintosh", "MACINTOSH"},
    {"gbk", "GB18030"},
    {"gb2312", "GB18030"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"euc-jp", "EUC-JP"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"sjis", "CP932"},
    {"windows-31j", "CP932"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
};
constexpr std::size_t kPiece = 4096;

// A byte order mark says what it is, whatever else does (WHATWG Encoding Standard, 6).
const char* take_mark(std::string_view& text) noexcept {
  const auto take = [&text](std::string_view mark) {
    if (!text.starts_with(mark)) return false;
    text.remove_prefix(mark.size());
    return true;
  };
  if (take("\xef\xbb\xbf")) return kUtf8;
  if (take("\xfe\xff")) return kUtf16Be;
  if (take("\xff\xfe")) return kUtf16Le;
  return nullptr;
}

const char* name_of(std::string_view charset) noexcept {
  const auto* const found =
      std::find_if(std::begin(kEncodings), std::end(kEncodings),
                   [charset](const Encoding& each) { return equals_ignoring_case(each.label, charset); });
  return found == std::end(kEncodings) ? nullptr : found->name;
}

struct Closer {
  void operator()(void* converter) const noexcept { iconv_close(converter); }
};

}  // namespace

std::optional<std::string> to_utf8(std::string_view text, std::string_view charset, std::size_t most) {
  const char* name = name_of(charset);
  if (name == nullptr) return std::nullopt;
  if (const char* marked = take_mark(text)) name = marked;
  if (name == kUtf8) {
    if (!is_utf8(text) || text.size() > most) return std::nullopt;
    return std::string(text);
  }
  const iconv_t opened = iconv_open(kUtf8, name);
  const auto missing = reinterpret_cast<iconv_t>(-1);  // NOLINT(performance-no-int-to-ptr)
  if (opened == missing) return std::nullopt;          // a system without its converters
  const std::unique_ptr<void, Closer> converter(opened);
  std::string converted;
  converted.reserve(std::min(text.size() + text.size() / 2, most));
  std::array<char, kPiece> piece;
  char* from = const_cast<char*>(text.data());  // which it only reads
  std::size_t left = text.size();
  for (bool ended = false; !ended;) {
    char* to = piece.data();
    std::size_t room = piece.size();
    // At the end what it still holds back is asked for.
    ended = left == 0;
    const std::size_t result = iconv(opened, ended ? nullptr : &from, ended ? nullptr : &left, &to, &room);
    if (result == static_cast<std::size_t>(-1) && errno != E2BIG) return std::nullopt;
    converted.append(piece.data(), piece.size() - room);
    if (converted.size() > most) return std::nullopt;
  }
  return converted;
}

}  // namespace ngo
