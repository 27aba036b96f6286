// TensorFlow writes its first log lines (oneDNN's among them) from static initialisers, before it has read TF_CPP_MIN_LOG_LEVEL. This addon,
// linked with -z initfirst and loaded before TensorFlow, applies the variable before those initialisers run.
#include <node_api.h>

#include <cstdlib>

#include "absl/log/globals.h"

__attribute__((constructor)) static void set_level() {
  if (const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL")) {
    absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(std::atoi(level)));
  }
}

NAPI_MODULE_INIT() { return exports; }
