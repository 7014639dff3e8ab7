// SPDX-License-Identifier: Apache-2.0
// Shared objects that must not be loaded; TABLE says what is wrong.
#include <inferserver_postprocess.h>

#include <stdexcept>

namespace {
[[maybe_unused]] int Process(void*, const inferserver_item*, char*, size_t) { return 0; }
[[maybe_unused]] constexpr uint32_t kAbi = INFERSERVER_POSTPROCESS_ABI;
}  // namespace

#define VERSION 1
#define NO_PROCESS 2
#define MANY_OBJECTS 3
#define MANY_POINTS 4
#define NO_TABLE 5
#define THROWS 6
#define NO_ENTRY 7

#if TABLE == NO_ENTRY
extern "C" int some_other_function();
extern "C" int some_other_function() { return 0; }
#else
const inferserver_postprocess* inferserver_postprocess_entry() {
#if TABLE == VERSION
  static const struct {  // Of another version only the first number is known.
    uint32_t abi;
  } table = {kAbi + 1};
  return reinterpret_cast<const inferserver_postprocess*>(&table);
#elif TABLE == NO_PROCESS
  static const inferserver_postprocess table = {kAbi, 1, 0, nullptr, nullptr, nullptr, nullptr};
  return &table;
#elif TABLE == MANY_OBJECTS
  static const inferserver_postprocess table = {
      kAbi, INFERSERVER_MOST_OBJECTS + 1, 0, nullptr, nullptr, Process, nullptr};
  return &table;
#elif TABLE == MANY_POINTS
  static const inferserver_postprocess table = {
      kAbi, INFERSERVER_MOST_OBJECTS, INFERSERVER_MOST_POINTS, nullptr, nullptr, Process, nullptr};
  return &table;
#elif TABLE == NO_TABLE
  return nullptr;
#else
  throw std::runtime_error("no table today");
#endif
}
#endif
