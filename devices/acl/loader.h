// SPDX-License-Identifier: Apache-2.0
// Which AscendCL the process uses: the vendor's or ours.
#pragma once

#include <string>
#include <vector>

#include "devices/acl/acl_api.h"
#include "devices/base/export.h"
#include "devices/base/status.h"

namespace infer_server::devices {

enum class AclFlavour { kAuto, kVendor, kSoftware };

// A library that stays loaded until the process ends. Immutable.
struct AclLibrary {
  AclApi api;
  std::string flavour;  // "vendor" or "software"
  std::string path;     // As it was opened.
  // What keeps DVPP from being used: the functions missing. Empty: nothing does.
  std::string missing_dvpp;
};

// Where to look, in this order; a name without a slash is looked for where the dynamic linker does.
struct AclPlaces {
  std::vector<std::string> vendor, software;
};
// INFERSERVER_RUNTIME_DIR, then the library directory or the build tree that this code lies in, for
// ours; the linker's path and the toolkit's own folders for the vendor's.
INFER_API AclPlaces DefaultAclPlaces();

// Opens one and finds its functions; calls none. kAuto takes the vendor's library where there is
// one, else ours. Fails with kUnavailable, saying where was looked, and with kUnsupported when a
// required function is missing, or when the vendor's is wanted while ours is in the global scope:
// calls inside the vendor's libraries would end in ours. Thread-safe.
INFER_API Result<AclLibrary> OpenAcl(AclFlavour wanted, const AclPlaces& places);

// The library of the process: opened and initialised (aclInit) at the first call that succeeds, and
// the same ever after. Fails as OpenAcl() and aclInit do, and with kUnavailable when another
// flavour than the wanted is in use already. Thread-safe.
Result<const AclLibrary*> LoadAcl(AclFlavour wanted);
// Null before LoadAcl() succeeded. Thread-safe.
const AclLibrary* LoadedAcl();

}  // namespace infer_server::devices
