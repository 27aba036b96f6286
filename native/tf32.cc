// Turns TF32 off in TensorFlow when this addon is loaded. On Ampere and later GPUs TensorFlow lets matrix products round their inputs to 10
// bits of mantissa. Neither the C API nor an environment variable turns this off everywhere: NVIDIA_TF32_OVERRIDE reaches cuBLAS and cuDNN,
// but not XLA's kernels. In Python tf.config.experimental.enable_tensor_float_32_execution calls the same function.
#include <node_api.h>

namespace tsl {
void enable_tensor_float_32_execution(bool enabled);
bool tensor_float_32_execution_enabled();
}  // namespace tsl

namespace {

napi_value IsEnabled(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_get_boolean(env, tsl::tensor_float_32_execution_enabled(), &result);
  return result;
}

napi_value Init(napi_env env, napi_value exports) {
  tsl::enable_tensor_float_32_execution(false);
  napi_value function;
  napi_create_function(env, "isEnabled", NAPI_AUTO_LENGTH, IsEnabled, nullptr, &function);
  napi_set_named_property(env, exports, "isEnabled", function);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
