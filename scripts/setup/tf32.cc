// Turns TensorFlow's use of TF32 off when it is loaded. On GPUs since Ampere TensorFlow lets matrix products round their inputs to 10 bits of
// mantissa; neither the C API nor a variable in the environment says otherwise for all of it (NVIDIA_TF32_OVERRIDE reaches cuBLAS and cuDNN,
// not the kernels that XLA makes). Python has tf.config.experimental.enable_tensor_float_32_execution, which calls this.
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
