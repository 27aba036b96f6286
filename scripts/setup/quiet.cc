// TensorFlow writes its first log lines (oneDNN's among them) from its static initialisers, before it has read TF_CPP_MIN_LOG_LEVEL. This addon,
// linked with -z initfirst and loaded before TensorFlow, sets the level before those initialisers run. Errors still come through.
#include <node_api.h>

#include "absl/log/globals.h"

__attribute__((constructor)) static void set_level() { absl::SetMinLogLevel(absl::LogSeverityAtLeast::kError); }

NAPI_MODULE_INIT() { return exports; }
