import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { requireBinding } from "../native/binding.js";
import type { Attribute, Attributes } from "./attribute.js";

// TensorFlow's own definitions of its operations. Functions in a graph name an operation's outputs as its definition does,
// and a graph needs the attributes that eager execution infers from the inputs and tfjs leaves out.

const require = createRequire(import.meta.url);

interface ArgMessage {
  getName(): string;
  getTypeAttr(): string;
  getNumberAttr(): string;
  getTypeListAttr(): string;
}

interface OpListMessage {
  getOpList(): { getName(): string; getInputArgList(): ArgMessage[]; getOutputArgList(): ArgMessage[] }[];
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
}

let definitions: ReadonlyMap<string, OpDefinition> | undefined;

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
  definitions ??= readDefinitions();
  const definition = definitions.get(op);
  if (definition === undefined) {
    throw new Error(`this TensorFlow has no operation ${op}`);
  }
  return definition;
}

function readDefinitions(): ReadonlyMap<string, OpDefinition> {
  const addon: { opList(): Uint8Array } = require(join(dirname(requireBinding()), "op_list.node"));
  const {
    OpList,
  }: {
    OpList: { deserializeBinary(bytes: Uint8Array): OpListMessage };
  } = require("@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js");
  const ops = OpList.deserializeBinary(new Uint8Array(addon.opList())).getOpList();
  return new Map(
    ops.map((op) => [
      op.getName(),
      { inputs: op.getInputArgList().map(toArgument), outputs: op.getOutputArgList().map(toArgument) },
    ]),
  );
}

function toArgument(arg: ArgMessage): OpArgument {
  return {
    name: arg.getName(),
    type: arg.getTypeAttr(),
    number: arg.getNumberAttr(),
    typeList: arg.getTypeListAttr(),
  };
}
