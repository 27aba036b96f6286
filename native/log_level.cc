// Applies TF_CPP_MIN_LOG_LEVEL before TensorFlow's static initializers run. They log TensorFlow's first lines, oneDNN's among them, before
// TensorFlow reads the variable. This addon is linked with -z initfirst and loaded before TensorFlow.
#include <node_api.h>

#include <cstdlib>

#include "absl/log/globals.h"

__attribute__((constructor)) static void set_level() {
  if (const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL")) {
    absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(std::atoi(level)));
  }
}

NAPI_MODULE_INIT() { return exports; }
