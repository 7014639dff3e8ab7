// SPDX-License-Identifier: Apache-2.0
#include "infer/model_uri.h"

#include <algorithm>
#include <cctype>

namespace infer_server {

using devices::Code;
using devices::Result;

namespace {

constexpr char kDigest[] = "#sha256=";
constexpr std::size_t kDigestDigits = 64;

bool IsHex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

void Lower(std::string* text) {
  for (char& c : *text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

// "HTTP" of "HTTP://h/a" as "http"; empty when there is none.
std::string SchemeOf(const std::string& uri) {
  const std::size_t end = uri.find("://");
  if (end == std::string::npos || end == 0) return "";
  std::string scheme = uri.substr(0, end);
  for (const char c : scheme)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '+' && c != '-' && c != '.')
      return "";
  Lower(&scheme);
  return scheme;
}

std::string Decode(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && IsHex(text[i + 1]) && IsHex(text[i + 2])) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Of "http://host/a/b.onnx?x": "b.onnx"; empty when there is none that can be a file's.
std::string NameIn(const std::string& url) {
  const std::string path = url.substr(0, url.find('?'));
  const std::size_t start = path.find('/', path.find("://") + 3);
  if (start == std::string::npos) return "";
  const std::string name = path.substr(path.rfind('/') + 1);
  const bool odd = std::any_of(name.begin(), name.end(),
                               [](char c) { return std::iscntrl(static_cast<unsigned char>(c)); });
  return odd || name == "." || name == ".." ? "" : name;
}

devices::Status Wrong(const ModelUri& uri, const std::string& why) {
  return devices::Status(Code::kInvalidArgument, "load model '" + uri.shown + "': " + why);
}

devices::Status ReadFileUrl(ModelUri* uri) {
  std::string rest = uri->where.substr(sizeof "file://" - 1);
  const std::size_t slash = rest.find('/');
  const std::string host = rest.substr(0, slash);
  if (slash == std::string::npos || !(host.empty() || host == "localhost"))
    return Wrong(*uri, "the URL names the host '" + host +
                           "'; expected a file of this one with its whole path: file:///path");
  uri->where = Decode(rest.substr(slash));
  if (uri->where.find('\0') != std::string::npos)
    return Wrong(*uri, "the path holds a zero byte; expected the path of a file");
  uri->shown = uri->where;
  return devices::Status();
}

}  // namespace

std::string ShownUrl(const std::string& url) {
  const std::size_t query = url.find_first_of("?#");
  std::string shown = url.substr(0, query);
  const std::size_t start = shown.find("://");
  if (start != std::string::npos) {
    const std::size_t host = start + 3;
    const std::size_t slash = std::min(shown.find('/', host), shown.size());
    const std::string authority = shown.substr(host, slash - host);
    std::size_t at = authority.rfind('@');
    const std::size_t colon = authority.find(':');
    // A password with a '/' in it looks like a host with an odd port.
    if (at == std::string::npos && colon != std::string::npos && authority[0] != '[' &&
        authority.find_first_not_of("0123456789", colon + 1) != std::string::npos)
      at = shown.substr(host).rfind('@');
    if (at != std::string::npos) shown.replace(host, at, "...");
  }
  return query != std::string::npos && url[query] == '?' ? shown + "?..." : shown;
}

Result<ModelUri> ParseModelUri(const std::string& uri) {
  const std::string scheme = SchemeOf(uri);
  ModelUri parsed;
  const std::size_t digest = uri.rfind(kDigest);
  parsed.where = uri.substr(0, digest);
  if (!scheme.empty()) parsed.where = parsed.where.substr(0, parsed.where.find('#'));
  parsed.shown = scheme.empty() ? parsed.where : ShownUrl(parsed.where);
  // "#sha265=" would otherwise be a check that is asked for and never made.
  const std::size_t mark = scheme.empty() ? std::string::npos : uri.find('#');
  const std::string fragment = mark == std::string::npos ? "" : uri.substr(mark, digest - mark);
  if (fragment.find('=') != std::string::npos)
    return Wrong(parsed, "'" + fragment + "' is not known; expected #sha256=DIGITS or nothing");
  if (digest != std::string::npos) {
    parsed.sha256 = uri.substr(digest + sizeof kDigest - 1);
    if (parsed.sha256.size() != kDigestDigits ||
        !std::all_of(parsed.sha256.begin(), parsed.sha256.end(), IsHex))
      return Wrong(parsed, "'" + parsed.sha256 +
                               "' is not a SHA-256; expected 64 hexadecimal digits after "
                               "#sha256=, as sha256sum prints them");
    Lower(&parsed.sha256);
  }
  if (scheme.empty()) return parsed;
  if (scheme == "file") {
    INFER_RETURN_IF_ERROR(ReadFileUrl(&parsed));
    return parsed;
  }
  if (scheme != "http" && scheme != "https" && scheme != "ftp")
    return devices::Status(Code::kUnsupported, "load model '" + parsed.shown + "': scheme '" +
                                                   scheme +
                                                   "' is not known; expected a path, or a URL of "
                                                   "http, https, ftp or file");
  parsed.remote = true;
  parsed.name = NameIn(parsed.where);
  if (parsed.name.empty())
    return Wrong(parsed, "the URL names no file; expected one that ends in the model's file name");
  return parsed;
}

}  // namespace infer_server
