import { createRequire } from "node:module";
import { join } from "node:path";
import { tfjsFolder } from "../../installation.js";

// A file of its own: the untyped google-protobuf, which tfjs-node brings with it, as its two users need it. Loading it loads
// nothing native.

/** Reads the fields of a message one after the other. */
export interface ProtobufReader {
  /** Moves to the next field. Returns false at the end. */
  nextField(): boolean;
  readBytes(): Uint8Array;
  readString(): string;
}

/** Writes the fields of a message one after the other, each by its number. */
export interface ProtobufWriter {
  writeBool(field: number, value: boolean): void;
  writeBytes(field: number, value: Uint8Array): void;
  writeEnum(field: number, value: number): void;
  writeFloat(field: number, value: number): void;
  writeInt32(field: number, value: number): void;
  writeInt64(field: number, value: number): void;
  writeString(field: number, value: string): void;
  writePackedBool(field: number, values: readonly boolean[]): void;
  writePackedEnum(field: number, values: readonly number[]): void;
  writePackedFloat(field: number, values: readonly number[]): void;
  writePackedInt64(field: number, values: readonly number[]): void;
  writeRepeatedBytes(field: number, values: readonly Uint8Array[]): void;
  writeRepeatedString(field: number, values: readonly string[]): void;
  writeMessage<T>(field: number, value: T, write: WriteMessage<T>): void;
  writeRepeatedMessage<T>(field: number, values: readonly T[], write: WriteMessage<T>): void;
  getResultBuffer(): Uint8Array;
}

/** Writes the fields of one message. */
export type WriteMessage<T> = (value: T, writer: ProtobufWriter) => void;

interface GoogleProtobuf {
  readonly BinaryReader: new (bytes: Uint8Array) => ProtobufReader;
  readonly BinaryWriter: new () => ProtobufWriter;
}

let loaded: GoogleProtobuf | undefined;

function googleProtobuf(): GoogleProtobuf {
  loaded ??= createRequire(join(tfjsFolder(), "package.json"))("google-protobuf") as GoogleProtobuf;
  return loaded;
}

/** Creates a reader of a serialized message. */
export function createProtobufReader(bytes: Uint8Array): ProtobufReader {
  return new (googleProtobuf().BinaryReader)(bytes);
}

/** Serializes a message. */
export function serializeMessage<T>(value: T, write: WriteMessage<T>): Uint8Array {
  const writer = new (googleProtobuf().BinaryWriter)();
  write(value, writer);
  return writer.getResultBuffer();
}
