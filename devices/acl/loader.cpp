// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/loader.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <utility>

#include "devices/acl/acl_error.h"
#include "devices/base/log.h"
#include "devices/base/mutex.h"

namespace infer_server::devices {
namespace {

// Exported by our library only (soft/marker.cpp).
constexpr char kMarker[] = "inferserver_acl_marker";
constexpr char kOurName[] = "libinferserver-acl.so.0";
constexpr char kVendorName[] = "libascendcl.so";
constexpr char kDvppName[] = "libacl_dvpp.so";
constexpr aclError kRepeatInitialize = 100002;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The folder of the library or program that this code is in.
std::string OwnFolder() {
  Dl_info info = {};
  if (dladdr(reinterpret_cast<void*>(&OwnFolder), &info) == 0 || info.dli_fname == nullptr)
    return "";
  const std::unique_ptr<char, decltype(&std::free)> path(realpath(info.dli_fname, nullptr),
                                                         &std::free);
  if (path == nullptr) return "";
  const std::string text = path.get();
  return text.substr(0, text.rfind('/'));
}

struct Closer {
  void operator()(void* handle) const { dlclose(handle); }
};
using Handle = std::unique_ptr<void, Closer>;

Handle Open(const std::string& path, std::string* why) {
  Handle handle(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (handle == nullptr) {
    const char* error = dlerror();
    *why += (why->empty() ? "" : "; ") + std::string(error == nullptr ? path.c_str() : error);
  }
  return handle;
}

bool IsOurs(void* handle) { return dlsym(handle, kMarker) != nullptr; }

template <typename Function>
bool Find(void* handle, const char* name, Function* function) {
  function->Bind(name, dlsym(handle, name));
  return *function != nullptr;
}

// Binds DVPP: of the library itself, or of the one that lies beside it.
void BindDvpp(void* handle, const std::string& path, AclLibrary* library) {
  Handle beside;
  if (dlsym(handle, "acldvppMalloc") == nullptr) {
    std::string why;
    const std::size_t slash = path.rfind('/');
    beside = Open((slash == std::string::npos ? "" : path.substr(0, slash + 1)) + kDvppName, &why);
    if (beside == nullptr) {
      library->missing_dvpp = why;
      return;
    }
  }
  std::string missing;
  const auto find = [&](const char* name, auto* function) {
    if (Find(handle, name, function) || (beside != nullptr && Find(beside.get(), name, function)))
      return;
    missing += (missing.empty() ? "" : ", ") + std::string(name);
  };
#define INFER_ACL_FIND(name) find(#name, &library->api.name);
  INFER_ACL_DVPP(INFER_ACL_FIND)
#undef INFER_ACL_FIND
  if (!missing.empty()) library->missing_dvpp = "there is no " + missing;
  static_cast<void>(beside.release());
}

Result<AclLibrary> Bind(Handle handle, const std::string& path) {
  AclLibrary library;
  std::string missing;
#define INFER_ACL_FIND(name)                         \
  if (!Find(handle.get(), #name, &library.api.name)) \
    missing += (missing.empty() ? "" : ", ") + std::string(#name);
  INFER_ACL_REQUIRED(INFER_ACL_FIND)
#undef INFER_ACL_FIND
  if (!missing.empty())
    return Status(Code::kUnsupported,
                  "'" + path + "' has no " + missing + "; it is too old, or not AscendCL");
#define INFER_ACL_FIND(name) static_cast<void>(Find(handle.get(), #name, &library.api.name));
  INFER_ACL_OPTIONAL(INFER_ACL_FIND)
#undef INFER_ACL_FIND
  BindDvpp(handle.get(), path, &library);
  library.flavour = IsOurs(handle.get()) ? "software" : "vendor";
  library.path = path;
  static_cast<void>(handle.release());  // For good: threads of the library may run until the end.
  return library;
}

// The first of `places` that opens and is ours, or is not. Fails with kUnavailable.
Result<AclLibrary> OpenFirst(const std::vector<std::string>& places, bool ours) {
  std::string why;
  for (const std::string& place : places) {
    Handle handle = Open(place, &why);
    if (handle == nullptr) continue;
    if (IsOurs(handle.get()) == ours) return Bind(std::move(handle), place);
    why += (why.empty() ? "" : "; ") + place +
           (ours ? ": is not the software AscendCL" : ": is the software AscendCL");
  }
  return Status(Code::kUnavailable, why.empty() ? "nowhere to look" : why);
}

Result<AclLibrary> OpenVendor(const AclPlaces& places) {
  if (dlsym(RTLD_DEFAULT, kMarker) != nullptr)
    return Status(Code::kUnsupported,
                  "the vendor's AscendCL cannot be used in this process: it is linked with the "
                  "software AscendCL, in which calls inside the vendor's libraries would end; link "
                  "the program with the vendor's libraries or with none");
  Result<AclLibrary> found = OpenFirst(places.vendor, false);
  if (found.ok() || found.status().code() != Code::kUnavailable) return found;
  return Status(Code::kUnavailable,
                std::string("no vendor's AscendCL (") + kVendorName +
                    "): " + found.status().message() +
                    "; install the CANN toolkit or runtime and run its set_env.sh, or use "
                    "flavour software");
}

Result<AclLibrary> OpenSoftware(const AclPlaces& places) {
  Result<AclLibrary> found = OpenFirst(places.software, true);
  if (found.ok() || found.status().code() != Code::kUnavailable) return found;
  return Status(Code::kUnavailable,
                std::string("no software AscendCL (") + kOurName +
                    "): " + found.status().message() +
                    "; install gst-inferserver completely, or set INFERSERVER_RUNTIME_DIR to the "
                    "folder of that file");
}

struct Loaded {
  Mutex mutex;
  std::atomic<const AclLibrary*> library{nullptr};
};

Loaded& TheLoaded() {
  static auto* const loaded = new Loaded;
  return *loaded;
}

const char* NameOf(AclFlavour flavour) {
  return flavour == AclFlavour::kVendor     ? "vendor"
         : flavour == AclFlavour::kSoftware ? "software"
                                            : "auto";
}

Result<const AclLibrary*> Checked(const AclLibrary* library, AclFlavour wanted) {
  if (wanted == AclFlavour::kAuto || library->flavour == NameOf(wanted)) return library;
  return Status(Code::kUnavailable, "flavour " + std::string(NameOf(wanted)) +
                                        " is not possible: this process already uses the " +
                                        library->flavour + " AscendCL '" + library->path +
                                        "'; a process has one, so use another process");
}

}  // namespace

AclPlaces DefaultAclPlaces() {
  AclPlaces places;
  places.vendor.push_back(kVendorName);
  for (const char* name : {"ASCEND_TOOLKIT_HOME", "ASCEND_HOME_PATH"})
    if (const std::string home = Environment(name); !home.empty())
      places.vendor.push_back(home + "/lib64/" + kVendorName);
  places.vendor.push_back(std::string("/usr/local/Ascend/ascend-toolkit/latest/lib64/") +
                          kVendorName);
  if (const std::string folder = Environment("INFERSERVER_RUNTIME_DIR"); !folder.empty()) {
    places.software.push_back(folder + "/" + kOurName);
    places.software.push_back(folder + "/acl/" + kOurName);
  }
  if (const std::string own = OwnFolder(); !own.empty()) {
    places.software.push_back(own + "/inferserver/acl/" + kOurName);  // Installed.
    places.software.push_back(own + "/devices/acl/" + kOurName);      // In the build tree.
  }
  return places;
}

Result<AclLibrary> OpenAcl(AclFlavour wanted, const AclPlaces& places) {
  if (wanted == AclFlavour::kSoftware) return OpenSoftware(places);
  Result<AclLibrary> vendor = OpenVendor(places);
  if (wanted == AclFlavour::kVendor || vendor.ok()) return vendor;
  Result<AclLibrary> software = OpenSoftware(places);
  if (software.ok()) {
    INFER_LOG(kDebug, "acl", vendor.status().message());
    return software;
  }
  return Status(software.status().code(),
                vendor.status().message() + "; " + software.status().message());
}

Result<const AclLibrary*> LoadAcl(AclFlavour wanted) {
  Loaded& loaded = TheLoaded();
  // Held while the library is opened and initialised: those who come meanwhile want the same.
  MutexLock lock(&loaded.mutex);
  if (const AclLibrary* library = loaded.library.load()) return Checked(library, wanted);
  Result<AclLibrary> opened = OpenAcl(wanted, DefaultAclPlaces());
  if (!opened.ok()) return opened.status();
  auto library = std::make_unique<AclLibrary>(std::move(opened).value());
  // Others in the process may have initialised it, and may go on using it: it is never finalised.
  const aclError code = library->api.aclInit(nullptr);
  if (code != 0 && code != kRepeatInitialize) return AclFailed(library->api, "aclInit", code);
  INFER_LOG(kInfo, "acl", "the " + library->flavour + " AscendCL is used: " + library->path);
  loaded.library.store(library.release());
  return loaded.library.load();
}

const AclLibrary* LoadedAcl() { return TheLoaded().library.load(); }

}  // namespace infer_server::devices
