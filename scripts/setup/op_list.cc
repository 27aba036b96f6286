// Gives the definitions of all operations that the loaded TensorFlow has, as a serialized OpList message.
// tfjs's binding has no such call; graphs with functions need it, because they name an operation's outputs as its definition does.
#include <node_api.h>
#include <tensorflow/c/c_api.h>

namespace {

napi_value OpList(napi_env env, napi_callback_info) {
  TF_Buffer* list = TF_GetAllOpList();
  napi_value result = nullptr;
  napi_create_buffer_copy(env, list->length, list->data, nullptr, &result);
  TF_DeleteBuffer(list);
  return result;
}

napi_value Init(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "opList", NAPI_AUTO_LENGTH, OpList, nullptr, &function);
  napi_set_named_property(env, exports, "opList", function);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
