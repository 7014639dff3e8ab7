// SPDX-License-Identifier: Apache-2.0
// A program of another project, built with what pkg-config gives: a copy there and back, a
// callback, in the order and with the include lines that AscendCL programs use.
#define ENABLE_DVPP_INTERFACE
#include <pthread.h>

#include <cstdio>
#include <cstring>
#include <sstream>
#include <thread>

#include "acl/acl.h"
#include "acl/ops/acl_dvpp.h"
#include "acl_rt.h"  // include/acl is on the path, too.

namespace {

int g_failed = 0;

void Check(const char* what, aclError code) {
  if (code == ACL_SUCCESS) return;
  const char* text = aclGetRecentErrMsg();
  std::printf("%s: %d %s\n", what, code, text == nullptr ? "" : text);
  g_failed = 1;
}

}  // namespace

int main() {
  Check("aclInit", aclInit(nullptr));
  Check("aclrtSetDevice", aclrtSetDevice(0));
  aclrtContext context = nullptr;
  aclrtStream stream = nullptr;
  Check("aclrtCreateContext", aclrtCreateContext(&context, 0));
  Check("aclrtCreateStream", aclrtCreateStream(&stream));
  bool exit = false;
  std::thread reporter([&] {
    aclrtSetCurrentContext(context);
    while (!__atomic_load_n(&exit, __ATOMIC_ACQUIRE)) aclrtProcessReport(100);
  });
  // The thread's id as the samples get it.
  std::ostringstream id;
  id << reporter.get_id();
  const uint64_t thread = std::stoull(id.str());
  Check("aclrtSubscribeReport", aclrtSubscribeReport(thread, stream));

  char there[16] = "hello", back[16] = {};
  void* device = nullptr;
  void* host = nullptr;
  Check("aclrtMalloc", aclrtMalloc(&device, 16, ACL_MEM_MALLOC_HUGE_FIRST));
  Check("aclrtMallocHost", aclrtMallocHost(&host, 16));
  Check("aclrtMemcpyAsync",
        aclrtMemcpyAsync(device, 16, there, 16, ACL_MEMCPY_HOST_TO_DEVICE, stream));
  Check("aclrtMemcpyAsync",
        aclrtMemcpyAsync(host, 16, device, 16, ACL_MEMCPY_DEVICE_TO_HOST, stream));
  std::pair<void*, void*> copy{back, host};
  Check("aclrtLaunchCallback", aclrtLaunchCallback(
                                   [](void* user) {
                                     auto* ends = static_cast<std::pair<void*, void*>*>(user);
                                     std::memcpy(ends->first, ends->second, 16);
                                   },
                                   &copy, ACL_CALLBACK_BLOCK, stream));
  Check("aclrtSynchronizeStream", aclrtSynchronizeStream(stream));
  __atomic_store_n(&exit, true, __ATOMIC_RELEASE);
  reporter.join();
  Check("aclrtUnSubscribeReport", aclrtUnSubscribeReport(thread, stream));
  Check("aclrtFree", aclrtFree(device));
  Check("aclrtFreeHost", aclrtFreeHost(host));
  Check("aclrtDestroyStream", aclrtDestroyStream(stream));
  Check("aclrtDestroyContext", aclrtDestroyContext(context));
  Check("aclrtResetDevice", aclrtResetDevice(0));
  Check("aclFinalize", aclFinalize());
  if (std::strcmp(back, "hello") != 0) g_failed = 1;
  std::printf("%s on %s\n", back, aclrtGetSocName());
  return g_failed;
}
