import type { Attribute, Attributes, Constant, Shape } from "./attribute.js";
import type { Argument, Graph, GraphFunction, Node } from "./graph.js";
import { type ProtobufWriter, serializeMessage, type WriteMessage } from "./protobuf.js";
import { dtypes } from "./tensor-type.js";

// Writes the messages of tensorflow/core/protobuf/{saved_model,meta_graph}.proto and tensorflow/core/framework/*.proto field by
// field. tfjs-node has classes for them, but filling those took 0.1 s of every start.

/** The tag of the only graph in a SavedModel. */
export const servingTag = "serve";

const schemaVersion = 1;

/** A version of TensorFlow's graphs beyond any that changes how operations are read. */
const producer = 2000;

/** Encodes a graph as the bytes of a `saved_model.pb`. */
export function encodeSavedModel(graph: Graph): Uint8Array {
  return serializeMessage(graph, (value, writer) => {
    writer.writeInt64(1, schemaVersion);
    writer.writeMessage(2, value, writeMetaGraphDef);
  });
}

const writeMetaGraphDef: WriteMessage<Graph> = (graph, writer) => {
  writer.writeMessage(1, [servingTag], (tags, info) => info.writeRepeatedString(4, tags));
  writer.writeMessage(2, graph, writeGraphDef);
};

const writeGraphDef: WriteMessage<Graph> = ({ nodes, functions }, writer) => {
  writer.writeRepeatedMessage(1, nodes, writeNodeDef);
  writer.writeMessage(4, producer, (version, versions) => versions.writeInt32(1, version));
  writer.writeMessage(2, functions, (definitions, library) =>
    library.writeRepeatedMessage(1, definitions, writeFunctionDef),
  );
};

const writeFunctionDef: WriteMessage<GraphFunction> = (definition, writer) => {
  writer.writeMessage(1, definition, ({ name, inputs, outputs }, signature) => {
    signature.writeString(1, name);
    signature.writeRepeatedMessage(2, inputs, writeArgDef);
    signature.writeRepeatedMessage(3, outputs, writeArgDef);
  });
  writeAttributes(writer, definition.attributes ?? {});
  writer.writeRepeatedMessage(3, definition.nodes, writeNodeDef);
  const results = definition.outputs.map(
    ({ name }, index) => [name, definition.results[index] ?? ""] as const,
  );
  writer.writeRepeatedMessage(4, byKey(results), ([output, result], entry) => {
    entry.writeString(1, output);
    entry.writeString(2, result);
  });
};

const writeArgDef: WriteMessage<Argument> = ({ name, dtype }, writer) => {
  writer.writeString(1, name);
  writer.writeEnum(3, dtype);
};

const writeNodeDef: WriteMessage<Node> = ({ name, op, inputs, attributes }, writer) => {
  writer.writeString(1, name);
  writer.writeString(2, op);
  writer.writeRepeatedString(3, inputs);
  writeAttributes(writer, attributes);
};

function writeAttributes(writer: ProtobufWriter, attributes: Attributes): void {
  writer.writeRepeatedMessage(5, byKey(Object.entries(attributes)), ([name, attribute], entry) => {
    entry.writeString(1, name);
    entry.writeMessage(2, attribute, writeAttrValue);
  });
}

/** Sorts the entries of a map, so that equal graphs have equal bytes. */
function byKey<T>(entries: readonly (readonly [string, T])[]): (readonly [string, T])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

const writeAttrValue: WriteMessage<Attribute> = ({ kind, value }, writer) => {
  const writeList = (write: (list: ProtobufWriter) => void): void =>
    writer.writeMessage(1, value, (_, list) => write(list));
  switch (kind) {
    case "string":
      return typeof value === "string"
        ? writer.writeBytes(2, Buffer.from(value))
        : writeList((list) =>
            list.writeRepeatedBytes(
              2,
              value.map((text) => Buffer.from(text)),
            ),
          );
    case "int":
      return typeof value === "number"
        ? writer.writeInt64(3, value)
        : writeList((list) => list.writePackedInt64(3, value));
    case "float":
      return typeof value === "number"
        ? writer.writeFloat(4, value)
        : writeList((list) => list.writePackedFloat(4, value));
    case "bool":
      return typeof value === "boolean"
        ? writer.writeBool(5, value)
        : writeList((list) => list.writePackedBool(5, value));
    case "type":
      return typeof value === "number"
        ? writer.writeEnum(6, value)
        : writeList((list) => list.writePackedEnum(6, value));
    case "shape":
      return "sizes" in value
        ? writer.writeMessage(7, value, writeShape)
        : writeList((list) => list.writeRepeatedMessage(7, value, writeShape));
    case "tensor":
      return writer.writeMessage(8, value, writeTensor);
    case "function":
      return writer.writeMessage(10, value, (name, func) => func.writeString(1, name));
  }
};

const writeShape: WriteMessage<Shape> = ({ sizes }, writer) => {
  if (sizes === undefined) {
    writer.writeBool(3, true);
    return;
  }
  writer.writeRepeatedMessage(2, sizes, (size, dimension) => {
    if (size !== 0) {
      dimension.writeInt64(1, size);
    }
  });
};

const writeTensor: WriteMessage<Constant> = ({ dtype, shape, bytes }, writer) => {
  if (dtype === dtypes.string) {
    throw new Error("cannot encode a string constant");
  }
  writer.writeEnum(1, dtype);
  writer.writeMessage(2, { sizes: shape }, writeShape);
  if (bytes.length > 0) {
    writer.writeBytes(4, bytes);
  }
};
