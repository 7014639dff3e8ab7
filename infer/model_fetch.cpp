// SPDX-License-Identifier: Apache-2.0
#include "infer/model_fetch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <utility>

#include "devices/base/log.h"
#include "devices/base/mutex.h"
#include "devices/device.h"
#include "devices/runtime.h"
#include "infer/default_runtime.h"
#include "infer/download.h"
#include "infer/download_queue.h"
#include "infer/model_uri.h"
#include "infer/sha256.h"
#include "infer/temp_file.h"

namespace infer_server {

using devices::Code;
using devices::MutexLock;
using devices::Result;

namespace {

constexpr std::uint64_t kMostBytes = (std::uint64_t{1} << 31) - 1;  // What engines take at most.

struct Directory {
  devices::Mutex mutex;
  std::string path INFER_GUARDED_BY(mutex) = ".";
};

Directory& TheDirectory() {
  static auto* const directory = new Directory;
  return *directory;
}

bool IsFile(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::uint64_t DefaultLimit() {
  const char* text = std::getenv("INFERSERVER_MAX_DOWNLOAD_MB");
  if (text == nullptr || *text == '\0') return kMostBytes;
  char* end = nullptr;
  const long long value = std::strtoll(text, &end, 10);
  if (*end == '\0' && value > 0 && value < (LLONG_MAX >> 20))
    return static_cast<std::uint64_t>(value) << 20;
  INFER_LOG(kWarning, "model",
            std::string("INFERSERVER_MAX_DOWNLOAD_MB is '") + text +
                "'; expected a number of MiB ≥ 1; using 2048");
  return kMostBytes;
}

// The user's callback; false when it says so or throws.
bool Tell(const DownloadOptions& options, const DownloadProgress& progress) {
  if (!options.progress) return true;
  try {
    return options.progress(progress);
  } catch (const std::exception& e) {
    INFER_LOG(kError, "model", std::string("DownloadOptions::progress threw: ") + e.what());
  } catch (...) {
    INFER_LOG(kError, "model", "DownloadOptions::progress threw what is not a std::exception");
  }
  return false;
}

devices::Status Cancelled() {
  return devices::Status(Code::kCancelled, "DownloadOptions::progress cancelled it");
}

// Writes to the file, adds up the digest, tells everyone how far it is.
class FileSink final : public DownloadSink {
 public:
  FileSink(const DownloadOptions& options, std::string shown, TempFile* file,
           DownloadQueue::Ticket* ticket)
      : options_(options), file_(file), ticket_(ticket) {
    progress_.url = std::move(shown);
  }

  devices::Status Write(const char* data, std::size_t size) override {
    progress_.received += size;
    sum_.Update(data, size);
    return file_->Write(data, size);
  }

  bool Progress(std::uint64_t total) override {
    progress_.total = progress_.received == 0 ? 0 : total;
    ticket_->received = progress_.received;
    ticket_->total = progress_.total;
    return Tell(options_, progress_);
  }
  bool End() { return Progress(progress_.received); }
  Result<std::string> Digest() { return sum_.Finish(); }

 private:
  const DownloadOptions& options_;
  TempFile* const file_;
  DownloadQueue::Ticket* const ticket_;
  DownloadProgress progress_;
  Sha256 sum_;
};

devices::Status CheckDigest(const std::string& have, const std::string& wanted) {
  if (wanted.empty() || have == wanted) return devices::Status();
  return devices::Status(Code::kInvalidArgument,
                         "its SHA-256 is " + have + ", not the " + wanted +
                             " asked for; check the digest, and whether this is the file meant");
}

struct Place {
  std::string folder, path;
};

devices::Status DownloadTo(const Place& place, const ModelUri& uri, const DownloadOptions& options,
                           DownloadQueue::Ticket* ticket) {
  auto file = TempFile::Create(place.folder);
  if (!file.ok())
    return devices::Status(
        file.status().code(),
        file.status().message() + "; give InferServer::SetModelDir() one that can be written");
  FileSink sink(options, uri.shown, file.value().get(), ticket);
  devices::Status status = Download(uri.where, options, &sink);
  if (status.code() == Code::kUnsupported || status.code() == Code::kUnavailable ||
      status.code() == Code::kNotFound)
    return devices::Status(status.code(),
                           status.message() + "; or put the file at '" + place.path + "' yourself");
  INFER_RETURN_IF_ERROR(std::move(status));
  const auto digest = sink.Digest();
  if (!digest.ok()) return digest.status();
  INFER_RETURN_IF_ERROR(CheckDigest(digest.value(), uri.sha256));
  if (!sink.End()) return Cancelled();
  return file.value()->MoveTo(place.path);
}

// The file that is there, when it will do; else downloads it.
Result<FetchedModel> UseOrDownload(const Place& place, const ModelUri& uri,
                                   const DownloadOptions& options, DownloadQueue::Ticket* ticket) {
  if (IsFile(place.path)) {
    if (uri.sha256.empty()) return FetchedModel{place.path, false};
    const auto digest = Sha256OfFile(place.path);
    if (digest.ok() && digest.value() == uri.sha256) return FetchedModel{place.path, false};
    INFER_LOG(kInfo, "model", "'" + place.path + "' has not the digest asked for; downloading");
  }
  INFER_LOG(kInfo, "model", "downloading '" + uri.shown + "' to '" + place.path + "'");
  INFER_RETURN_IF_ERROR(DownloadTo(place, uri, options, ticket));
  return FetchedModel{place.path, uri.sha256.empty()};
}

// Two downloads of equal terms fail alike.
std::string TermsOf(const ModelUri& uri, const DownloadOptions& options) {
  std::string terms = uri.where + "#" + uri.sha256 + "#" + options.ca_file;
  for (const std::uint64_t number :
       {options.max_bytes, std::uint64_t{options.connect_timeout},
        std::uint64_t{options.stall_timeout}, std::uint64_t{options.max_redirects}})
    terms += "#" + std::to_string(number);
  return terms;
}

Result<FetchedModel> FetchRemote(const Place& place, const ModelUri& uri,
                                 const DownloadOptions& options) {
  const std::string terms = TermsOf(uri, options);
  for (;;) {
    DownloadQueue::Turn turn(&DownloadQueue::Shared(), place.path, terms);
    if (turn.first()) {
      Result<FetchedModel> fetched = UseOrDownload(place, uri, options, turn.ticket());
      turn.Done(fetched.status());
      return fetched;
    }
    const bool waited = turn.Wait([&](std::uint64_t received, std::uint64_t total) {
      return Tell(options, {uri.shown, received, total});
    });
    if (!waited) return Cancelled();
    // Another's cancelling, or other terms, say nothing about ours.
    const devices::Status& status = turn.ticket()->status;
    if (turn.ticket()->terms != terms || status.code() == Code::kCancelled) continue;
    if (!status.ok()) return status;
    return FetchedModel{place.path, false};
  }
}

Result<FetchedModel> FetchLocal(const ModelUri& uri) {
  if (!uri.sha256.empty()) {
    const auto digest = Sha256OfFile(uri.where);
    if (!digest.ok()) return digest.status();
    INFER_RETURN_IF_ERROR(CheckDigest(digest.value(), uri.sha256));
  }
  return FetchedModel{uri.where, false};
}

// Whether the content is a network, whatever was wrong with the options. When in doubt it is.
bool IsModel(const std::string& path, const std::string& device_name) {
  const auto name = ResolveDevice(device_name);
  if (!name.ok()) return true;
  const auto device = devices::OpenDevice(name.value());
  if (!device.ok()) return true;
  const auto model = device.value()->LoadModel({path, nullptr, 0}, {});
  return model.ok() || model.status().code() != Code::kInvalidArgument;
}

}  // namespace

bool SetModelDir(const std::string& directory) {
  struct stat info = {};
  if (stat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return false;
  MutexLock lock(&TheDirectory().mutex);
  TheDirectory().path = directory;
  return true;
}

Result<FetchedModel> FetchModel(const std::string& text, const DownloadOptions& asked) {
  const auto uri = ParseModelUri(text);
  if (!uri.ok()) return uri.status();
  Result<FetchedModel> fetched = devices::Status(Code::kNotFound, "");
  if (uri.value().remote) {
    DownloadOptions options = asked;
    if (options.max_bytes == 0) options.max_bytes = DefaultLimit();
    Place place;
    {
      MutexLock lock(&TheDirectory().mutex);
      place.folder = TheDirectory().path;
    }
    place.path = place.folder + "/" + uri.value().name;
    fetched = FetchRemote(place, uri.value(), options);
  } else {
    fetched = FetchLocal(uri.value());
  }
  if (fetched.ok()) return fetched;
  return devices::Status(fetched.status()).WithContext("load model '" + uri.value().shown + "'");
}

devices::Status DropUnproven(const FetchedModel& fetched, const std::string& device,
                             devices::Status why) {
  if (!fetched.unproven || why.code() != Code::kInvalidArgument || IsModel(fetched.path, device))
    return why;
  const bool gone = unlink(fetched.path.c_str()) == 0 || errno == ENOENT;
  return devices::Status(why.code(),
                         why.message() + (gone ? "; what was downloaded was removed again"
                                               : "; remove the downloaded '" + fetched.path +
                                                     "', else it is used the next time"));
}

}  // namespace infer_server
