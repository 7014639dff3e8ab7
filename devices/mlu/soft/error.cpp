// SPDX-License-Identifier: Apache-2.0
#include "devices/mlu/soft/error.h"

#include <cstdarg>
#include <cstdio>
#include <string>

#include "devices/base/log.h"

namespace infer_server::devices::mlu {
namespace {

thread_local cnrtRet_t t_last = CNRT_RET_SUCCESS;

struct Known {
  cnrtRet_t code;
  const char* name;
  const char* words;
};

constexpr Known kKnown[] = {
    {CNRT_RET_SUCCESS, "CNRT_RET_SUCCESS", "success"},
    {CNRT_RET_WARNING_FAKE_DEVICE, "CNRT_RET_WARNING_FAKE_DEVICE", "the device is not a real one"},
    {CNRT_RET_ERR_NOT_READY, "CNRT_RET_ERR_NOT_READY", "not done yet"},
    {CNRT_RET_ERR_INVALID, "CNRT_RET_ERR_INVALID", "invalid argument"},
    {CNRT_RET_ERR_NOMEM, "CNRT_RET_ERR_NOMEM", "out of memory"},
    {CNRT_RET_ERR_NODEV, "CNRT_RET_ERR_NODEV", "no such device"},
    {CNRT_RET_ERR_IO, "CNRT_RET_ERR_IO", "input or output failed"},
    {CNRT_RET_ERR_SYS, "CNRT_RET_ERR_SYS", "a system call failed"},
    {CNRT_RET_ERR_ACCES, "CNRT_RET_ERR_ACCES", "access denied"},
    {CNRT_RET_ERR_FAULT, "CNRT_RET_ERR_FAULT", "bad address"},
    {CNRT_RET_ERR_BUSY, "CNRT_RET_ERR_BUSY", "busy"},
    {CNRT_RET_ERR_TIMEOUT, "CNRT_RET_ERR_TIMEOUT", "not done in time"},
    {CNRT_RET_ERR_EXIST, "CNRT_RET_ERR_EXIST", "exists already"},
    {CNRT_RET_ERR_NOSYS, "CNRT_RET_ERR_NOSYS", "not implemented"},
    {CNRT_RET_ERR_AGAIN, "CNRT_RET_ERR_AGAIN", "try again"},
    {CNRT_RET_ERR_NORES, "CNRT_RET_ERR_NORES", "out of resources"},
    {CNRT_RET_ERR_UNSUPPORTED, "CNRT_RET_ERR_UNSUPPORTED", "not supported"},
    {CNRT_RET_ERR_INVALID_POINTER, "CNRT_RET_ERR_INVALID_POINTER", "invalid address"},
    {CNRT_RET_ERR_NO_EXIST, "CNRT_RET_ERR_NO_EXIST", "does not exist"},
    {CNRT_RET_ERR_BROKEN, "CNRT_RET_ERR_BROKEN", "broken data"},
    {CNRT_RET_ERR_INIT, "CNRT_RET_ERR_INIT", "not initialised"},
    {CNRT_RET_ERR_QUEUE, "CNRT_RET_ERR_QUEUE", "no such queue"},
    {CNRT_RET_ERR_OUT_RANGE, "CNRT_RET_ERR_OUT_RANGE", "out of range"},
    {CNRT_RET_ERR_MATH_OVERFLOW, "CNRT_RET_ERR_MATH_OVERFLOW", "arithmetic overflow"},
    {CNRT_RET_ERR_FUNC_CALL, "CNRT_RET_ERR_FUNC_CALL", "the function failed"},
    {CNRT_RET_ERR_UNHANDLED, "CNRT_RET_ERR_UNHANDLED", "unhandled error"},
    {CNRT_RET_ERR_INVALID_TYPE, "CNRT_RET_ERR_INVALID_TYPE", "invalid data type"},
    {CNRT_RET_ERR_INVALID_OP, "CNRT_RET_ERR_INVALID_OP", "invalid operation"},
    {CNRT_RET_ERR_MLU, "CNRT_RET_ERR_MLU", "the device failed"},
    {CNRT_RET_ERR_ONCHIP_CORE, "CNRT_RET_ERR_ONCHIP_CORE", "a core of the device failed"},
    {CNRT_RET_ERR_NOTIFIER, "CNRT_RET_ERR_NOTIFIER", "no such notifier"},
    {CNRT_RET_ERR_RESHAPE, "CNRT_RET_ERR_RESHAPE", "the shapes do not fit"},
    {CNRT_RET_ERR_MEMCPY, "CNRT_RET_ERR_MEMCPY", "a copy failed"},
    {CNRT_RET_ERR_ENCRYPT, "CNRT_RET_ERR_ENCRYPT", "encryption failed"},
    {CNRT_RET_ERR_INVALID_DATADESC, "CNRT_RET_ERR_INVALID_DATADESC", "invalid description"},
    {CNRT_RET_ERR_MAP, "CNRT_RET_ERR_MAP", "mapping memory failed"},
    {CNRT_RET_ERR_UNMAP, "CNRT_RET_ERR_UNMAP", "unmapping memory failed"},
    {CNRT_RET_ERR_CACHE, "CNRT_RET_ERR_CACHE", "a cache operation failed"},
    {CNRT_RET_ERR_FIND_DEV_ADDR, "CNRT_RET_ERR_FIND_DEV_ADDR", "no such device address"},
    {CNRT_RET_ERR_KERNEL_VERSION_TOO_HIGH, "CNRT_RET_ERR_KERNEL_VERSION_TOO_HIGH",
     "the kernel was made for a later version"},
    {CNRT_RET_ERR_UNKNOWN, "CNRT_RET_ERR_UNKNOWN", "unknown error"},
};

const Known* Find(cnrtRet_t code) {
  for (const Known& known : kKnown)
    if (known.code == code) return &known;
  return nullptr;
}

}  // namespace

const char* ErrorName(cnrtRet_t code) {
  const Known* known = Find(code);
  return known == nullptr ? nullptr : known->name;
}

cnrtRet_t LastError() { return t_last; }

cnrtRet_t Fail(cnrtRet_t code, const char* function, const char* format, ...) {
  t_last = code;
  if (!LogEnabled(LogLevel::kError)) return code;
  char text[512];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const char* name = ErrorName(code);
  LogMessage(LogLevel::kError, "mlu",
             std::string(function) + " failed: " + std::to_string(static_cast<int>(code)) + " (" +
                 (name == nullptr ? "unknown code" : name) + "): " + text);
  return code;
}

}  // namespace infer_server::devices::mlu

using namespace infer_server::devices::mlu;

const char* cnrtGetErrorStr(cnrtRet_t error) {
  const Known* known = Find(error);
  return known == nullptr ? "unknown error" : known->words;
}

cnrtRet_t cnrtGetLastErr() { return LastError(); }
