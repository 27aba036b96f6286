import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { requireBinding } from "./native.js";

const require = createRequire(import.meta.url);

interface OpListMessage {
  getOpList(): {
    getName(): string;
    getOutputArgList(): { getName(): string; getNumberAttr(): string; getTypeListAttr(): string }[];
  }[];
}

/** How an operation's definition names one output argument, which may stand for several values. */
interface OutputArgument {
  readonly name: string;
  readonly isList: boolean;
}

let definitions: ReadonlyMap<string, readonly OutputArgument[]> | undefined;

/** The name, within a function, of output number `output` of a node. Throws if this TensorFlow has no such operation. */
export function outputName(node: string, op: string, output: number): string {
  definitions ??= readDefinitions();
  const args = definitions.get(op);
  if (args === undefined) {
    throw new Error(`this TensorFlow has no operation ${op}`);
  }
  // An argument that stands for several values has no fixed length; in TensorFlow it is then the only one or the last.
  const fixed = args.findIndex((arg) => arg.isList);
  const index = fixed >= 0 && output >= fixed ? fixed : output;
  const arg = args[index];
  if (arg === undefined) {
    throw new Error(`operation ${op} has no output ${output}`);
  }
  return `${node}:${arg.name}:${output - index}`;
}

function readDefinitions(): ReadonlyMap<string, readonly OutputArgument[]> {
  const addon: { opList(): Uint8Array } = require(join(dirname(requireBinding()), "op_list.node"));
  const {
    OpList,
  }: {
    OpList: { deserializeBinary(bytes: Uint8Array): OpListMessage };
  } = require("@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js");
  const ops = OpList.deserializeBinary(new Uint8Array(addon.opList())).getOpList();
  return new Map(ops.map((op) => [op.getName(), op.getOutputArgList().map(toArgument)]));
}

function toArgument(arg: {
  getName(): string;
  getNumberAttr(): string;
  getTypeListAttr(): string;
}): OutputArgument {
  return { name: arg.getName(), isList: arg.getNumberAttr() !== "" || arg.getTypeListAttr() !== "" };
}
