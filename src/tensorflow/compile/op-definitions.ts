import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { tfjsFolder } from "../../installation.js";
import { requireNativeLibrary } from "../native/binding.js";
import type { Attribute, Attributes } from "./attribute.js";
import { createProtobufReader } from "./protobuf.js";

// TensorFlow's own definitions of its operations. Functions in a graph name an operation's outputs as its definition does,
// and a graph needs the attributes that eager execution infers from the inputs and tfjs leaves out.

const require = createRequire(import.meta.url);

interface ArgMessage {
  getName(): string;
  getTypeAttr(): string;
  getNumberAttr(): string;
  getTypeListAttr(): string;
}

/** The protobuf class that tfjs-node has for a definition. */
interface OpDefClass {
  deserializeBinary(bytes: Uint8Array): {
    getInputArgList(): ArgMessage[];
    getOutputArgList(): ArgMessage[];
    getIsStateful(): boolean;
  };
}

/** An input or output of an operation: one value, or a list as long as attribute `number` or `typeList` says. */
interface OpArgument {
  readonly name: string;
  readonly type: string;
  readonly number: string;
  readonly typeList: string;
}

interface OpDefinition {
  readonly inputs: readonly OpArgument[];
  readonly outputs: readonly OpArgument[];
  readonly isStateful: boolean;
}

/** The serialized definitions by operation. Parsing all 1,800 takes 0.2 s, so each is parsed when it is first used. */
let serialized: ReadonlyMap<string, Uint8Array> | undefined;
const parsed = new Map<string, OpDefinition>();

/** Returns the name, within a function, of output number `output` of a node. Throws if this TensorFlow has no such operation or output. */
export function outputName(node: string, op: string, output: number): string {
  const { outputs } = definitionOf(op);
  // A list has no fixed length, so it is the only output or the last one.
  const list = outputs.findIndex(isList);
  const index = list >= 0 && output >= list ? list : output;
  const arg = outputs[index];
  if (arg === undefined) {
    throw new Error(`operation ${op} has no output ${output}`);
  }
  return `${node}:${arg.name}:${output - index}`;
}

/** Returns whether the results of an operation may differ between calls with equal inputs. Throws if this TensorFlow has no such operation. */
export function isStateful(op: string): boolean {
  return definitionOf(op).isStateful;
}

/** Adds the attributes that follow from the types of an operation's inputs. Throws if this TensorFlow has no such operation. */
export function completeAttributes(
  op: string,
  attributes: Attributes,
  inputTypes: readonly number[],
): Attributes {
  const inferred: Record<string, Attribute> = {};
  let at = 0;
  for (const arg of definitionOf(op).inputs) {
    const count = isList(arg) ? lengthOfList(op, arg, attributes, inputTypes.length) : 1;
    const types = inputTypes.slice(at, at + count);
    at += count;
    if (arg.number !== "") {
      inferred[arg.number] = { kind: "int", value: count };
    }
    if (arg.typeList !== "") {
      inferred[arg.typeList] = { kind: "type", value: types };
    }
    if (arg.type !== "" && types[0] !== undefined) {
      inferred[arg.type] = { kind: "type", value: types[0] };
    }
  }
  return { ...inferred, ...attributes };
}

function isList({ number, typeList }: OpArgument): boolean {
  return number !== "" || typeList !== "";
}

function lengthOfList(op: string, arg: OpArgument, attributes: Attributes, inputs: number): number {
  const given = attributes[arg.number] ?? attributes[arg.typeList];
  if (given !== undefined) {
    return Array.isArray(given.value) ? given.value.length : Number(given.value);
  }
  const others = definitionOf(op).inputs.filter((other) => other !== arg);
  if (others.some(isList)) {
    throw new Error(`cannot trace ${op}: it takes several lists, and tfjs does not say how long they are`);
  }
  return inputs - others.length;
}

function definitionOf(op: string): OpDefinition {
  const known = parsed.get(op);
  if (known !== undefined) {
    return known;
  }
  serialized ??= readDefinitions();
  const bytes = serialized.get(op);
  if (bytes === undefined) {
    throw new Error(`this TensorFlow has no operation ${op}`);
  }
  const { OpDef }: { OpDef: OpDefClass } = require(join(tfjsFolder(), "dist/proto/api_pb.js"));
  const message = OpDef.deserializeBinary(bytes);
  const definition = {
    inputs: message.getInputArgList().map(toArgument),
    outputs: message.getOutputArgList().map(toArgument),
    isStateful: message.getIsStateful(),
  };
  parsed.set(op, definition);
  return definition;
}

/** Splits TensorFlow's OpList message: its only field holds the OpDef messages, whose first field is the name. */
function readDefinitions(): ReadonlyMap<string, Uint8Array> {
  const addon: { opList(): Uint8Array } = require(
    join(dirname(requireNativeLibrary().binding), "op_list.node"),
  );
  const definitions = new Map<string, Uint8Array>();
  const list = createProtobufReader(new Uint8Array(addon.opList()));
  while (list.nextField()) {
    const bytes = list.readBytes();
    const definition = createProtobufReader(bytes);
    definition.nextField();
    definitions.set(definition.readString(), bytes);
  }
  return definitions;
}

function toArgument(arg: ArgMessage): OpArgument {
  return {
    name: arg.getName(),
    type: arg.getTypeAttr(),
    number: arg.getNumberAttr(),
    typeList: arg.getTypeListAttr(),
  };
}
