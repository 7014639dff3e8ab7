// SPDX-License-Identifier: Apache-2.0
#include "infer/download.h"

#if CNIS_WITH_CURL
#include <curl/curl.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <utility>

#include "infer/model_uri.h"
#endif

namespace infer_server {

using devices::Code;

#if CNIS_WITH_CURL
namespace {

constexpr long kSlowest = 100;  // Bytes a second; slower counts as standing still.
constexpr long kPiece = 128 * 1024;

struct Transfer {
  DownloadSink* sink;
  std::uint64_t max_bytes;
  std::uint64_t received = 0;
  devices::Status status;  // Why a callback ended it.
};

devices::Status TooLarge(std::uint64_t max_bytes) {
  return devices::Status(
      Code::kInvalidArgument,
      "it is larger than the limit of " + std::to_string(max_bytes) +
          " bytes; raise DownloadOptions::max_bytes, or INFERSERVER_MAX_DOWNLOAD_MB");
}

std::size_t OnData(char* data, std::size_t, std::size_t size, void* user) {
  auto* const transfer = static_cast<Transfer*>(user);
  transfer->received += size;
  transfer->status = transfer->received > transfer->max_bytes ? TooLarge(transfer->max_bytes)
                                                              : transfer->sink->Write(data, size);
  return transfer->status.ok() ? size : CURL_WRITEFUNC_ERROR;
}

int OnProgress(void* user, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
  auto* const transfer = static_cast<Transfer*>(user);
  return transfer->sink->Progress(static_cast<std::uint64_t>(total)) ? 0 : 1;
}

struct Meaning {
  CURLcode curl;
  Code code;
  const char* words;
  const char* advice;
};
constexpr Meaning kMeanings[] = {
    {CURLE_COULDNT_RESOLVE_HOST, Code::kUnavailable, "the host was not found",
     "check its name, and the network"},
    {CURLE_COULDNT_RESOLVE_PROXY, Code::kUnavailable, "the proxy was not found",
     "check the environment variables http_proxy and https_proxy"},
    {CURLE_COULDNT_CONNECT, Code::kUnavailable, "the server cannot be reached",
     "check host and port, the network, and http_proxy"},
    {CURLE_OPERATION_TIMEDOUT, Code::kTimeout, "the server is too slow",
     "try later, or raise DownloadOptions::connect_timeout or stall_timeout"},
    {CURLE_TOO_MANY_REDIRECTS, Code::kInvalidArgument, "the server redirects too often",
     "give the URL of the file itself, or raise DownloadOptions::max_redirects"},
    {CURLE_UNSUPPORTED_PROTOCOL, Code::kInvalidArgument,
     "the server redirects to where a model is not taken from",
     "give the URL of the file itself, of http, https or ftp"},
    {CURLE_URL_MALFORMAT, Code::kInvalidArgument, "this is not a URL",
     "percent-encode what is not plain in it, as %20 for a space"},
    {CURLE_PARTIAL_FILE, Code::kUnavailable, "the connection broke off before the end",
     "try again"},
    {CURLE_RECV_ERROR, Code::kUnavailable, "the connection broke off before the end", "try again"},
    {CURLE_GOT_NOTHING, Code::kUnavailable, "the server answered nothing", "try again"},
    {CURLE_PEER_FAILED_VERIFICATION, Code::kInvalidArgument,
     "the server's certificate is not trusted",
     "check the URL, or name its authority in DownloadOptions::ca_file"},
    {CURLE_SSL_CACERT_BADFILE, Code::kInvalidArgument, "the certificates cannot be read",
     "check DownloadOptions::ca_file, and the package ca-certificates"},
    {CURLE_LOGIN_DENIED, Code::kInvalidArgument, "the server refuses the login",
     "give user and password as in ftp://USER:PASSWORD@host/"},
    {CURLE_REMOTE_ACCESS_DENIED, Code::kInvalidArgument, "the server refuses access",
     "check the URL"},
    {CURLE_REMOTE_FILE_NOT_FOUND, Code::kNotFound, "the server has no such file", "check the URL"},
    {CURLE_ABORTED_BY_CALLBACK, Code::kCancelled, "cancelled", "load it again"},
};

devices::Status HttpFailed(long code) {
  const std::string answer = "the server answered " + std::to_string(code);
  if (code == 404 || code == 410)
    return devices::Status(Code::kNotFound, answer + " (no such file); check the URL");
  if (code == 401 || code == 403 || code == 407)
    return devices::Status(Code::kInvalidArgument,
                           answer +
                               " (access refused); check the URL, give user and password as in "
                               "https://USER:PASSWORD@host/, or fetch it another way");
  if (code == 429 || code >= 500)
    return devices::Status(Code::kUnavailable,
                           answer + " (trouble at the server); try again later");
  return devices::Status(Code::kInvalidArgument,
                         answer + "; expected 200, with the file; check the URL");
}

// Empty when the server did not lead elsewhere.
std::string LedTo(CURL* curl, const std::string& url) {
  const char* there = nullptr;
  curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &there);
  if (there == nullptr || ShownUrl(there) == ShownUrl(url)) return "";
  return " (redirected to '" + ShownUrl(there) + "')";
}

devices::Status Explained(CURLcode result, const char* details) {
  const auto* const found =
      std::find_if(std::begin(kMeanings), std::end(kMeanings),
                   [&](const Meaning& meaning) { return meaning.curl == result; });
  std::string why = *details != '\0' ? details : curl_easy_strerror(result);
  if (found == std::end(kMeanings))
    return devices::Status(Code::kUnavailable,
                           "the download failed: " + why + "; check the URL and the network");
  const std::string words = found->words;
  why = found->code == Code::kCancelled ? "" : " (" + why + ")";
  return devices::Status(found->code, words + why + "; " + found->advice);
}

void Configure(CURL* curl, const std::string& url, const DownloadOptions& options,
               Transfer* transfer, char* details) {
  const auto ms = [](std::uint32_t value) {
    return static_cast<long>(std::clamp<std::uint32_t>(value, 1, 1000u * 3600 * 24));
  };
  const long stall_seconds = (ms(options.stall_timeout) + 999) / 1000;
  const bool secure = curl_strnequal(url.c_str(), "https:", 6) != 0;  // HTTPS: is the same.
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // There are other threads.
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "inferserver");
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,ftp");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS,
                   static_cast<long>(std::min<std::uint32_t>(options.max_redirects, 1000)));
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(std::min<std::uint64_t>(
                       options.max_bytes, std::numeric_limits<curl_off_t>::max())));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, ms(options.connect_timeout));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kSlowest);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stall_seconds);
  curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, stall_seconds);  // FTP's commands.
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, kPiece);
  if (!options.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnData);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
}

}  // namespace

devices::Status Download(const std::string& url, const DownloadOptions& options,
                         DownloadSink* sink) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(ready == CURLE_OK ? curl_easy_init() : nullptr,
                                                    &curl_easy_cleanup);
  if (curl == nullptr)
    return devices::Status(Code::kUnavailable, "libcurl does not start; check its installation");
  Transfer transfer{sink, options.max_bytes, 0, {}};
  char details[CURL_ERROR_SIZE] = "";
  Configure(curl.get(), url, options, &transfer, details);
  const CURLcode result = curl_easy_perform(curl.get());
  long code = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &code);
  const std::string led_to = LedTo(curl.get(), url);
  devices::Status status = std::move(transfer.status);
  if (status.ok()) {
    const bool http = curl_strnequal(url.c_str(), "http", 4) != 0;
    if (result == CURLE_FILESIZE_EXCEEDED)
      status = TooLarge(options.max_bytes);
    else if (result == CURLE_HTTP_RETURNED_ERROR || (result == CURLE_OK && http && code != 200))
      status = HttpFailed(code);
    else if (result != CURLE_OK)
      status = Explained(result, details);
    else if (transfer.received == 0)
      status = devices::Status(Code::kInvalidArgument, "the server's file is empty; check the URL");
  }
  return status.ok() ? status : devices::Status(status.code(), status.message() + led_to);
}

#else   // CNIS_WITH_CURL

devices::Status Download(const std::string&, const DownloadOptions&, DownloadSink*) {
  return devices::Status(Code::kUnsupported,
                         "this build does not download (meson option curl); build with "
                         "-Dcurl=enabled and libcurl4-openssl-dev");
}
#endif  // CNIS_WITH_CURL

}  // namespace infer_server
