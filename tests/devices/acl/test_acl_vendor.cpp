// SPDX-License-Identifier: Apache-2.0
// A library in the vendor's place: ours without its marker, whole or with functions missing. Each
// test that uses one does so in a process of its own, since a process has one AscendCL.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "devices/acl/loader.h"
#include "devices/runtime.h"

namespace infer_server::devices {
namespace {

namespace fs = std::filesystem;

const std::string kFolder = INFERSERVER_FAKE_VENDORS;

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

AclPlaces Places(const std::string& vendor) {
  AclPlaces places = DefaultAclPlaces();
  places.vendor = {"/no/such/libascendcl.so", kFolder + "/lib" + vendor + ".so"};
  return places;
}

TEST(AclVendor, IsTakenBeforeOursAndIsNotTakenForOurs) {
  for (const AclFlavour flavour : {AclFlavour::kAuto, AclFlavour::kVendor}) {
    const auto library = OpenAcl(flavour, Places("vendor"));
    ASSERT_TRUE(library.ok()) << library.status().ToString();
    EXPECT_EQ("vendor", library.value().flavour);
    EXPECT_EQ(kFolder + "/libvendor.so", library.value().path);
    EXPECT_EQ("", library.value().missing_dvpp);
    EXPECT_TRUE(library.value().api.acldvppVpcBatchCropResizeAsync != nullptr);
  }
  const auto ours = OpenAcl(AclFlavour::kSoftware, Places("vendor"));
  ASSERT_TRUE(ours.ok()) << ours.status().ToString();
  EXPECT_EQ("software", ours.value().flavour);
  AclPlaces wrong = Places("vendor");
  wrong.software = wrong.vendor;
  const auto none = OpenAcl(AclFlavour::kSoftware, wrong);
  ASSERT_FALSE(none.ok());
  EXPECT_TRUE(Has(none.status().message(), "libvendor.so: is not the software AscendCL"))
      << none.status().message();
}

TEST(AclVendor, OfWhichAFunctionIsMissingIsRefusedByItsName) {
  const auto library = OpenAcl(AclFlavour::kVendor, Places("vendor_old"));
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(Code::kUnsupported, library.status().code());
  EXPECT_EQ("'" + kFolder +
                "/libvendor_old.so' has no aclrtLaunchCallback; it is too old, or not "
                "AscendCL",
            library.status().message());
  // `auto` takes ours then.
  const auto automatic = OpenAcl(AclFlavour::kAuto, Places("vendor_old"));
  ASSERT_TRUE(automatic.ok()) << automatic.status().ToString();
  EXPECT_EQ("software", automatic.value().flavour);
}

TEST(AclVendor, NamesThePlacesSearched) {
  AclPlaces places;
  places.vendor = {"/no/such/libascendcl.so", "/nor/here/libascendcl.so"};
  places.software = {"/nor/there/libinferserver-acl.so.0"};
  const auto library = OpenAcl(AclFlavour::kAuto, places);
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(Code::kUnavailable, library.status().code());
  for (const char* part : {"/no/such/libascendcl.so", "/nor/here/libascendcl.so",
                           "/nor/there/libinferserver-acl.so.0", "install the CANN toolkit"})
    EXPECT_TRUE(Has(library.status().message(), part)) << library.status().message();
}

TEST(AclVendor, DvppIsLookedForBesideIt) {
  const auto without = OpenAcl(AclFlavour::kVendor, Places("vendor_without_dvpp"));
  ASSERT_TRUE(without.ok()) << without.status().ToString();
  EXPECT_TRUE(Has(without.value().missing_dvpp, kFolder + "/libacl_dvpp.so"))
      << without.value().missing_dvpp;
  const fs::path folder = fs::temp_directory_path() / ("acl-vendor-" + std::to_string(getpid()));
  fs::create_directories(folder);
  fs::create_symlink(kFolder + "/libvendor_without_dvpp.so", folder / "libascendcl.so");
  fs::create_symlink(kFolder + "/libvendor.so", folder / "libacl_dvpp.so");
  AclPlaces places;
  places.vendor = {(folder / "libascendcl.so").string()};
  const auto with = OpenAcl(AclFlavour::kVendor, places);
  fs::remove_all(folder);
  ASSERT_TRUE(with.ok()) << with.status().ToString();
  EXPECT_EQ("", with.value().missing_dvpp);
  EXPECT_TRUE(with.value().api.acldvppMalloc != nullptr);
}

// The toolkit's folder as set_env.sh names it, with `library` in it as libascendcl.so.
void InstallToolkit(const std::string& library) {
  const fs::path home = fs::temp_directory_path() / ("acl-toolkit-" + std::to_string(getpid()));
  fs::create_directories(home / "lib64");
  fs::create_symlink(kFolder + "/lib" + library + ".so", home / "lib64/libascendcl.so");
  setenv("ASCEND_TOOLKIT_HOME", home.c_str(), 1);
}

[[noreturn]] void End() {
  fs::remove_all(std::getenv("ASCEND_TOOLKIT_HOME"));
  _exit(0);
}

[[noreturn]] void UseTheToolkit(const std::string& library, const std::string& flavour) {
  InstallToolkit(library);
  const auto chosen = ChooseFlavour("acl", flavour);
  if (!chosen.ok()) {
    fprintf(stderr, "REFUSED %s\n", chosen.status().ToString().c_str());
    End();
  }
  const auto device = OpenDevice({"acl", 0});
  const auto processor = device.value()->NewImageProcessor();
  const auto memory = device.value()->Allocate(64, MemoryKind::kDevice);
  fprintf(stderr, "%s, memory %s, images %s\n", chosen.value().c_str(),
          memory.status().ToString().c_str(), processor.status().ToString().c_str());
  const auto other = ChooseFlavour("acl", chosen.value() == "vendor" ? "software" : "vendor");
  fprintf(stderr, "then %s\n", other.status().ToString().c_str());
  End();
}

TEST(AclVendor, DrivesADevice) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  for (const char* flavour : {"auto", "vendor"})
    EXPECT_EXIT(UseTheToolkit("vendor", flavour), testing::ExitedWithCode(0),
                "vendor, memory OK, images OK\nthen UNAVAILABLE: flavour software is not possible: "
                "this process already uses the vendor AscendCL '[^']*/lib64/libascendcl.so'");
  EXPECT_EXIT(UseTheToolkit("vendor", "software"), testing::ExitedWithCode(0),
              "software, memory OK, images OK\nthen UNAVAILABLE: flavour vendor is not possible");
  EXPECT_EXIT(UseTheToolkit("vendor_without_dvpp", "vendor"), testing::ExitedWithCode(0),
              "vendor, memory OK, images UNSUPPORTED: the vendor AscendCL '[^']*' has no DVPP for "
              "images: [^\n]*libacl_dvpp.so");
  EXPECT_EXIT(UseTheToolkit("vendor_old", "vendor"), testing::ExitedWithCode(0),
              "REFUSED UNSUPPORTED: '[^']*/lib64/libascendcl.so' has no aclrtLaunchCallback");
}

[[noreturn]] void UseTheToolkitBesideOurs(const std::string& flavour) {
  const std::string ours =
      std::string(std::getenv("INFERSERVER_RUNTIME_DIR")) + "/libinferserver-acl.so.0";
  if (dlopen(ours.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) _exit(2);
  UseTheToolkit("vendor", flavour);
}

TEST(AclVendor, IsRefusedWhereTheProgramIsLinkedWithOurs) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(UseTheToolkitBesideOurs("vendor"), testing::ExitedWithCode(0),
              "REFUSED UNSUPPORTED: the vendor's AscendCL cannot be used in this process: it is "
              "linked with the software AscendCL");
  EXPECT_EXIT(UseTheToolkitBesideOurs("auto"), testing::ExitedWithCode(0), "software, memory OK");
}

}  // namespace
}  // namespace infer_server::devices
