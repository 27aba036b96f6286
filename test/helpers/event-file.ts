import { readFileSync } from "node:fs";
import { createProtobufReader, type ProtobufReader } from "../../src/tensorflow/compile/protobuf.js";

/** A scalar in a file for TensorBoard. */
export interface WrittenScalar {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

/**
 * Reads the scalars of an events.out.tfevents file: records of length, checksum, `Event` message and checksum. Checksums are
 * not compared.
 *
 * @see https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto
 */
export function readScalars(file: string): readonly WrittenScalar[] {
  const bytes = readFileSync(file);
  const scalars: WrittenScalar[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    scalars.push(...eventScalars(bytes.subarray(at + 12, at + 12 + length)));
    at += length + 16;
  }
  return scalars;
}

function eventScalars(event: Uint8Array): readonly WrittenScalar[] {
  const [summary] = fieldsOf(event).get(5) ?? [];
  const [step = 0] = fieldsOf(event).get(2) ?? [];
  const values = summary instanceof Uint8Array ? (fieldsOf(summary).get(1) ?? []) : [];
  return values.map((value) => {
    const fields = fieldsOf(value as Uint8Array);
    const [tag] = fields.get(1) ?? [];
    const [number] = fields.get(2) ?? [];
    return { tag: Buffer.from(tag as Uint8Array).toString(), step: Number(step), value: Number(number) };
  });
}

/** What google-protobuf's reader can do beyond what the program needs. */
interface FieldReader extends ProtobufReader {
  getFieldNumber(): number;
  getWireType(): number;
  readInt64(): number;
  readDouble(): number;
  readFloat(): number;
}

/** Returns the values of a message's fields by their numbers: bytes for texts and messages. */
function fieldsOf(message: Uint8Array): ReadonlyMap<number, readonly (number | Uint8Array)[]> {
  const reader = createProtobufReader(message) as FieldReader;
  const fields = new Map<number, (number | Uint8Array)[]>();
  const readers = new Map<number, () => number | Uint8Array>([
    [0, () => reader.readInt64()],
    [1, () => reader.readDouble()],
    [2, () => reader.readBytes()],
    [5, () => reader.readFloat()],
  ]);
  while (reader.nextField()) {
    const read = readers.get(reader.getWireType());
    const number = reader.getFieldNumber();
    fields.set(number, [...(fields.get(number) ?? []), ...(read === undefined ? [] : [read()])]);
  }
  return fields;
}
