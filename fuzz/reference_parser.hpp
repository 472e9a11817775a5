// A second opinion on request heads, for the fuzzer: the grammar of RFC 9112, RFC 9110 and RFC 3986
// transcribed into regular expressions and applied to the whole head at once. Slow, simple, and sharing
// nothing with the parser that it judges. It collects every violation, because of several wrongs a parser may
// name any one first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reference {

struct Limits {
  std::size_t target = 0;
  std::size_t head = 0;
  std::size_t fields = 0;
};

struct Verdict {
  bool complete = false;   // the end of the head is there
  std::set<int> statuses;  // of all violations; empty: accepted
  std::size_t size = 0;    // of the head
  std::string method;
  std::string target;
  std::string path;
  std::optional<std::string> query;
  std::string authority;
  bool minor_is_zero = false;
  std::vector<std::pair<std::string, std::string>> fields;
  std::optional<std::uint64_t> length;
  bool chunked = false;
  bool keep_alive = false;
  bool expect_continue = false;
};

// RFC 9110 5.6.2
inline const std::string kToken = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
// RFC 3986 2.3, 2.2, 2.1, 3.3
inline const std::string kPchar = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f][0-9A-Fa-f])";
inline const std::string kPath = "(?:/" + kPchar + "*)+";
inline const std::string kQuery = "(?:" + kPchar + "|[/?])*";
// RFC 3986 3.2.2
inline const std::string kOctet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])";
inline const std::string kIpv4 = "(?:" + kOctet + "\\." + kOctet + "\\." + kOctet + "\\." + kOctet + ")";
inline const std::string kH16 = "[0-9A-Fa-f]{1,4}";
inline const std::string kLs32 = "(?:" + kH16 + ":" + kH16 + "|" + kIpv4 + ")";
inline const std::string kH16c = "(?:" + kH16 + ":)";
inline const std::string kIpv6 =
    "(?:" + kH16c + "{6}" + kLs32 + "|::" + kH16c + "{5}" + kLs32 + "|(?:" + kH16 + ")?::" + kH16c + "{4}" +
    kLs32 + "|(?:" + kH16c + "{0,1}" + kH16 + ")?::" + kH16c + "{3}" + kLs32 + "|(?:" + kH16c + "{0,2}" +
    kH16 + ")?::" + kH16c + "{2}" + kLs32 + "|(?:" + kH16c + "{0,3}" + kH16 + ")?::" + kH16c + kLs32 +
    "|(?:" + kH16c + "{0,4}" + kH16 + ")?::" + kLs32 + "|(?:" + kH16c + "{0,5}" + kH16 + ")?::" + kH16 +
    "|(?:" + kH16c + "{0,6}" + kH16 + ")?::)";
inline const std::string kIpFuture = "[vV][0-9A-Fa-f]+\\.[A-Za-z0-9._~!$&'()*+,;=:-]+";
inline const std::string kRegName = "(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f][0-9A-Fa-f])+";
inline const std::string kHost = "(?:\\[(?:" + kIpv6 + "|" + kIpFuture + ")\\]|" + kRegName + ")";

inline bool matches(const std::string& text, const std::string& grammar) {
  static std::map<std::string, std::regex> compiled;
  auto found = compiled.find(grammar);
  if (found == compiled.end()) found = compiled.emplace(grammar, std::regex(grammar)).first;
  return std::regex_match(text, found->second);
}
inline std::string lower(std::string text) {
  for (char& byte : text) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return text;
}
inline std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts(1);
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, separator.size(), separator) == 0) {
      parts.emplace_back();
      at += separator.size();
    } else {
      parts.back() += text[at++];
    }
  }
  return parts;
}
inline std::string trim(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// host[:port] with a port of at most 65535.
inline bool is_authority(const std::string& text, bool port_required) {
  static const std::regex grammar("(" + kHost + ")(?::([0-9]*))?");
  std::smatch match;
  if (!std::regex_match(text, match, grammar)) return false;
  std::string port = match[2].str();
  if (port_required && port.empty()) return false;
  while (port.size() > 1 && port.front() == '0') port.erase(0, 1);
  return port.size() < 5 || (port.size() == 5 && port <= "65535");
}

inline bool has_dot_segment(const std::string& path) {
  std::string decoded;
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] == '%') {
      decoded += static_cast<char>(std::stoi(path.substr(at + 1, 2), nullptr, 16));
      at += 2;
    } else {
      decoded += path[at];
    }
    if (decoded.back() == '\\') decoded.back() = '/';
  }
  for (const std::string& segment : split(decoded, "/")) {
    if (segment == "." || segment == "..") return true;
  }
  return false;
}

// RFC 9112 3.2: which form, and its parts.
inline bool read_target(Verdict& verdict) {
  static const std::regex origin("(" + kPath + ")(?:\\?(" + kQuery + "))?");
  static const std::regex absolute("[hH][tT][tT][pP][sS]?://([^/?#]*)(" + kPath + ")?(?:\\?(" + kQuery +
                                   "))?");
  std::smatch match;
  if (verdict.method == "CONNECT") {
    verdict.authority = verdict.target;
    return is_authority(verdict.target, true);
  }
  if (verdict.target == "*") {
    verdict.path = "*";
    return verdict.method == "OPTIONS";
  }
  if (std::regex_match(verdict.target, match, origin)) {
    verdict.path = match[1].str();
    if (match[2].matched) verdict.query = match[2].str();
  } else if (std::regex_match(verdict.target, match, absolute)) {
    verdict.authority = match[1].str();
    if (!is_authority(verdict.authority, false)) return false;
    verdict.path = match[2].str();
    if (match[3].matched) verdict.query = match[3].str();
    if (verdict.path.empty()) verdict.path = verdict.method == "OPTIONS" && !verdict.query ? "*" : "/";
  } else {
    return false;
  }
  return verdict.path.find("%00") == std::string::npos && !has_dot_segment(verdict.path);
}

inline void read_request_line(const std::string& line, const Limits& limits, Verdict& verdict) {
  static const std::regex grammar("(" + kToken + ") ([\\x21-\\x7e]+) HTTP/([0-9])\\.([0-9])");
  static const std::regex long_method("[!#$%&'*+.^_`|~0-9A-Za-z-]{33}[^]*");
  static const std::regex target_begin(kToken + " ([\\x21-\\x7e]*)[^]*");
  static const std::regex any_version("[^]* HTTP/[0-9]\\.[0-9]");
  std::smatch match;
  if (std::regex_match(line, long_method)) verdict.statuses.insert(501);
  if (std::regex_match(line, match, target_begin) &&
      static_cast<std::size_t>(match[1].length()) > limits.target) {
    verdict.statuses.insert(414);
  }
  if (std::regex_match(line, any_version) && line[line.size() - 3] != '1') verdict.statuses.insert(505);
  if (!std::regex_match(line, match, grammar)) {
    verdict.statuses.insert(400);
    return;
  }
  verdict.method = match[1].str();
  verdict.target = match[2].str();
  verdict.minor_is_zero = match[4].str() == "0";
  if (!read_target(verdict)) verdict.statuses.insert(400);
}

inline void read_fields(const std::vector<std::string>& lines, const Limits& limits, Verdict& verdict) {
  const auto wrong = [&verdict](int status) { verdict.statuses.insert(status); };
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  bool close = false;
  bool stay = false;
  bool expect = false;
  if (lines.size() > limits.fields) wrong(431);
  for (const std::string& line : lines) {
    const std::size_t colon = line.find(':');
    bool valid = colon != std::string::npos && matches(line.substr(0, colon), kToken);
    for (std::size_t at = colon; valid && at < line.size(); ++at) {
      const auto byte = static_cast<unsigned char>(line[at]);
      if (byte != '\t' && (byte < ' ' || byte == 127)) valid = false;
    }
    if (!valid) {
      wrong(400);
      continue;
    }
    const std::string name = lower(line.substr(0, colon));
    const std::string value = trim(line.substr(colon + 1));
    verdict.fields.emplace_back(line.substr(0, colon), value);
    if (name == "host") {
      ++hosts;
      if (!value.empty() && !is_authority(value, false)) wrong(400);
      if (verdict.authority.empty()) verdict.authority = value;
    } else if (name == "content-length") {
      ++lengths;
      if (!matches(value, "[0-9]+")) {
        wrong(400);
        continue;
      }
      std::string digits = value;
      while (digits.size() > 1 && digits.front() == '0') digits.erase(0, 1);
      const std::string most = "9223372036854775807";
      if (digits.size() > most.size() || (digits.size() == most.size() && digits > most)) {
        wrong(413);
      } else {
        verdict.length = std::stoull(digits);
      }
    } else if (name == "transfer-encoding") {
      ++codings;
      verdict.chunked = lower(value) == "chunked";
      if (!verdict.chunked) {
        wrong(400);
        if (matches(lower(value), "[^]+,[ \t,]*chunked[ \t,]*")) wrong(501);
      }
      if (verdict.minor_is_zero) wrong(400);
    } else if (name == "connection") {
      for (const std::string& part : split(value, ",")) {
        const std::string option = lower(trim(part));
        if (!option.empty() && !matches(option, kToken)) wrong(400);
        if (option == "close") close = true;
        if (option == "keep-alive") stay = true;
      }
    } else if (name == "expect") {
      for (const std::string& part : split(value, ",")) {
        const std::string expectation = lower(trim(part));
        if (expectation == "100-continue") expect = true;
        if (!expectation.empty() && expectation != "100-continue") wrong(417);
      }
    }
  }
  if (hosts > 1 || lengths > 1 || codings > 1 || (lengths > 0 && codings > 0)) wrong(400);
  if (hosts == 0 && !verdict.minor_is_zero) wrong(400);
  verdict.keep_alive = !close && (stay || !verdict.minor_is_zero);
  verdict.expect_continue =
      expect && !verdict.minor_is_zero && (verdict.chunked || verdict.length.value_or(0) > 0);
}

inline Verdict judge(const std::string& bytes, const Limits& limits) {
  Verdict verdict;
  const std::size_t begin = bytes.compare(0, 2, "\r\n") == 0 ? 2 : 0;  // RFC 9112 2.2: one empty line
  const std::size_t end = bytes.find("\r\n\r\n", begin);
  const bool empty_line = bytes.compare(begin, 2, "\r\n") == 0;
  if (end == std::string::npos && !empty_line) {
    if (bytes.size() >= limits.head) verdict.statuses.insert(431);
    return verdict;
  }
  verdict.complete = true;
  if (empty_line) {
    verdict.statuses.insert(400);
    return verdict;
  }
  verdict.size = end + 4;
  if (verdict.size > limits.head) verdict.statuses.insert(431);
  std::vector<std::string> lines = split(bytes.substr(begin, end - begin), "\r\n");
  read_request_line(lines.front(), limits, verdict);
  lines.erase(lines.begin());
  read_fields(lines, limits, verdict);
  return verdict;
}

}  // namespace reference
