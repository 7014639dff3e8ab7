// SPDX-License-Identifier: Apache-2.0
#include "devices/thread_budget.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "devices/base/log.h"

namespace infer_server::devices {
namespace {

constexpr int kMostCpus = 1024;

int UsableCores() {
  cpu_set_t mask;
  // Fails on machines with more than 1024 cores: then the online ones count.
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) return std::max(1, CPU_COUNT(&mask));
  return static_cast<int>(std::clamp(sysconf(_SC_NPROCESSORS_ONLN), 1L, long{kMostCpus}));
}

int ReadBudget() {
  const char* text = std::getenv("INFERSERVER_CPUS");
  if (text == nullptr || *text == '\0') return UsableCores();
  char* end = nullptr;
  errno = 0;
  const long value = std::strtol(text, &end, 10);
  if (errno == 0 && *end == '\0') return static_cast<int>(std::clamp(value, 1L, long{kMostCpus}));
  const int cores = UsableCores();
  INFER_LOG(kWarning, "threads",
            "INFERSERVER_CPUS='" + std::string(text) + "' is not a number; using " +
                std::to_string(cores) + " cores");
  return cores;
}

}  // namespace

int CpuBudget() {
  static const int budget = ReadBudget();
  return budget;
}

}  // namespace infer_server::devices
