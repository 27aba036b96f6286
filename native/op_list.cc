// Returns the definitions of all operations of the loaded TensorFlow, as a serialized OpList message. tfjs's binding has no such call. Graphs
// with functions need the definitions, because they refer to an operation's outputs by the names in its definition.
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
