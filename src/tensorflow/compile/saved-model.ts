import { createRequire } from "node:module";
import { join } from "node:path";
import { tfjsFolder } from "../../installation.js";
import type { Attribute, Attributes, Constant, Shape } from "./attribute.js";
import type { Argument, Graph, GraphFunction, Node } from "./graph.js";
import { dtypes } from "./tensor-type.js";

// The protobuf classes with which tfjs-node reads SavedModels. They have no types, and loading them loads nothing native.
interface Message {
  serializeBinary(): Uint8Array;
  // biome-ignore lint/suspicious/noExplicitAny: one setter or adder per field, named after it
  [method: string]: any;
}
type MessageClass = (new () => Message) & { readonly [nested: string]: MessageClass | undefined };

const require = createRequire(import.meta.url);
let loaded: Readonly<Record<string, MessageClass>> | undefined;

/** Creates an empty message. `nested` names a class within the class. */
function create(name: string, nested?: string): Message {
  loaded ??= require(join(tfjsFolder(), "dist/proto/api_pb.js")) as Record<string, MessageClass>;
  const outer = loaded[name];
  const Class = nested === undefined ? outer : outer?.[nested];
  if (Class === undefined) {
    throw new Error(`tfjs-node ships no protobuf message ${name} ${nested ?? ""}`);
  }
  return new Class();
}

/** The tag of the only graph in a SavedModel. */
export const servingTag = "serve";

/** Encodes a graph as the bytes of a `saved_model.pb`. */
export function encodeSavedModel(graph: Graph): Uint8Array {
  const info = create("MetaGraphDef", "MetaInfoDef");
  info.addTags(servingTag);
  const metaGraph = create("MetaGraphDef");
  metaGraph.setMetaInfoDef(info);
  metaGraph.setGraphDef(encodeGraph(graph));
  const model = create("SavedModel");
  model.setSavedModelSchemaVersion(1);
  model.addMetaGraphs(metaGraph);
  return model.serializeBinary();
}

function encodeGraph(graph: Graph): Message {
  const message = create("GraphDef");
  for (const node of graph.nodes) {
    message.addNode(encodeNode(node));
  }
  const library = create("FunctionDefLibrary");
  for (const definition of graph.functions) {
    library.addFunction(encodeFunction(definition));
  }
  message.setLibrary(library);
  const versions = create("VersionDef");
  versions.setProducer(2000);
  message.setVersions(versions);
  return message;
}

function encodeFunction(definition: GraphFunction): Message {
  const signature = create("OpDef");
  signature.setName(definition.name);
  for (const input of definition.inputs) {
    signature.addInputArg(encodeArgument(input));
  }
  for (const output of definition.outputs) {
    signature.addOutputArg(encodeArgument(output));
  }
  const message = create("FunctionDef");
  message.setSignature(signature);
  for (const node of definition.nodes) {
    message.addNodeDef(encodeNode(node));
  }
  encodeAttributes(message.getAttrMap(), definition.attributes ?? {});
  for (const [index, output] of definition.outputs.entries()) {
    message.getRetMap().set(output.name, definition.results[index]);
  }
  return message;
}

function encodeArgument(argument: Argument): Message {
  const message = create("OpDef", "ArgDef");
  message.setName(argument.name);
  message.setType(argument.dtype);
  return message;
}

function encodeNode(node: Node): Message {
  const message = create("NodeDef");
  message.setName(node.name);
  message.setOp(node.op);
  message.setInputList([...node.inputs]);
  encodeAttributes(message.getAttrMap(), node.attributes);
  return message;
}

function encodeAttributes(map: { set(key: string, value: Message): void }, attributes: Attributes): void {
  for (const [name, attribute] of Object.entries(attributes)) {
    map.set(name, encodeAttribute(attribute));
  }
}

function encodeAttribute(attribute: Attribute): Message {
  const message = create("AttrValue");
  if (Array.isArray(attribute.value)) {
    message.setList(encodeList(attribute.kind, attribute.value));
  } else {
    setValue(message, attribute);
  }
  return message;
}

const listSetters = {
  string: "setSList",
  int: "setIList",
  float: "setFList",
  bool: "setBList",
  type: "setTypeList",
} as const;

function encodeList(kind: Attribute["kind"], values: readonly unknown[]): Message {
  const list = create("AttrValue", "ListValue");
  if (kind === "shape") {
    list.setShapeList((values as readonly Shape[]).map(encodeShape));
  } else if (kind === "string") {
    list.setSList((values as readonly string[]).map((text) => Buffer.from(text)));
  } else if (kind !== "tensor" && kind !== "function") {
    list[listSetters[kind]]([...values]);
  }
  return list;
}

const setters = { int: "setI", float: "setF", bool: "setB", type: "setType" } as const;

function setValue(message: Message, attribute: Attribute): void {
  const { kind, value } = attribute;
  if (kind === "string") {
    message.setS(Buffer.from(value as string));
  } else if (kind === "shape") {
    message.setShape(encodeShape(value as Shape));
  } else if (kind === "tensor") {
    message.setTensor(encodeTensor(value));
  } else if (kind === "function") {
    const named = create("NameAttrList");
    named.setName(value);
    message.setFunc(named);
  } else {
    message[setters[kind]](value);
  }
}

function encodeShape(shape: Shape): Message {
  const message = create("TensorShape");
  if (shape.sizes === undefined) {
    message.setUnknownRank(true);
    return message;
  }
  for (const size of shape.sizes) {
    const dim = create("TensorShape", "Dim");
    dim.setSize(size);
    message.addDim(dim);
  }
  return message;
}

function encodeTensor(constant: Constant): Message {
  const message = create("Tensor");
  message.setDtype(constant.dtype);
  message.setTensorShape(encodeShape({ sizes: constant.shape }));
  if (constant.dtype === dtypes.string) {
    throw new Error("cannot encode a string constant");
  }
  message.setTensorContent(constant.bytes);
  return message;
}
