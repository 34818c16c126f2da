/**
 * One description of a message, two encodings.
 *
 * The protocol has every control message in postcard (WebSocket) and in JSON (HTTP, tools). A
 * `Codec` describes a type once and reads both, so they cannot drift apart. Invariants: a decoder
 * answers with a value of the stated type or throws a `WireError` that names the field; object keys
 * keep the protocol's names (snake case), so that docs/PROTOCOL.md can be read beside the code.
 */
import { type ByteReader, type ByteWriter, WireError } from "./bytes.js";
import { fromBase58, fromHex, toBase58, toHex } from "./text.js";

export interface Codec<T> {
  /** From postcard. */
  read(reader: ByteReader): T;
  /** From parsed JSON; `path` names the place for errors. */
  fromJson(value: unknown, path: string): T;
  /** To postcard. */
  write(writer: ByteWriter, value: T): void;
}

export type Decoded<C> = C extends Codec<infer T> ? T : never;

function unsigned(bits: 8 | 16 | 32): Codec<number> {
  const max = 2 ** bits - 1;
  return {
    read: (reader) => (bits === 8 ? reader.u8() : Number(reader.varint(bits))),
    fromJson: (value, path) => {
      if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max) return value;
      throw mismatch(path, `a whole number from 0 to ${max}`, value);
    },
    write: (writer, value) => (bits === 8 ? writer.u8(value) : writer.varint(value)),
  };
}

export const u8 = unsigned(8);
export const u16 = unsigned(16);
export const u32 = unsigned(32);

/** A u64 that in practice stays below 2⁵³: times, slots, identifiers. JSON has it as a number. */
export const u64: Codec<number> = {
  read: (reader) => Number(reader.varint(64)),
  fromJson: (value, path) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw mismatch(path, "a whole number", value);
  },
  write: (writer, value) => writer.varint(value),
};

/** Money in the mint's smallest unit: exact, and a string in JSON. */
export const amount: Codec<bigint> = {
  read: (reader) => reader.varint(64),
  fromJson: (value, path) => {
    if (typeof value === "string" && /^\d{1,20}$/.test(value)) return BigInt(value);
    throw mismatch(path, "decimal digits in a string", value);
  },
  write: (writer, value) => writer.varint(value),
};

export const bool: Codec<boolean> = {
  read: (reader) => reader.flag(),
  fromJson: (value, path) => {
    if (typeof value === "boolean") return value;
    throw mismatch(path, "true or false", value);
  },
  write: (writer, value) => writer.u8(value ? 1 : 0),
};

const utf8Decoder = new TextDecoder("utf-8", { fatal: true });
const utf8Encoder = new TextEncoder();

export const text: Codec<string> = {
  read: (reader) => {
    const bytes = reader.take(reader.length());
    try {
      return utf8Decoder.decode(bytes);
    } catch {
      throw new WireError("a text is not UTF-8");
    }
  },
  fromJson: (value, path) => {
    if (typeof value === "string") return value;
    throw mismatch(path, "a text", value);
  },
  write: (writer, value) => {
    const bytes = utf8Encoder.encode(value);
    writer.varint(bytes.length);
    writer.raw(bytes);
  },
};

function byteString(
  length: number,
  encode: (bytes: Uint8Array) => string,
  decode: (value: string, length: number) => Uint8Array,
): Codec<string> {
  return {
    read: (reader) => encode(reader.take(length)),
    fromJson: (value, path) => {
      if (typeof value !== "string") throw mismatch(path, `${length} bytes as text`, value);
      decode(value, length);
      return value;
    },
    write: (writer, value) => writer.raw(decode(value, length)),
  };
}

/** 32 bytes, base58. */
export const publicKey = byteString(32, toBase58, fromBase58);
/** 64 bytes, base58. */
export const signature = byteString(64, toBase58, fromBase58);
/** 16 bytes, hex. */
export const nonce = byteString(16, toHex, fromHex);
/** 32 bytes, hex. */
export const hash = byteString(32, toHex, fromHex);

export function option<T>(inner: Codec<T>): Codec<T | null> {
  return {
    read: (reader) => (reader.flag() ? inner.read(reader) : null),
    fromJson: (value, path) => (value === null || value === undefined ? null : inner.fromJson(value, path)),
    write: (writer, value) => {
      writer.u8(value === null ? 0 : 1);
      if (value !== null) inner.write(writer, value);
    },
  };
}

export function list<T>(inner: Codec<T>): Codec<readonly T[]> {
  return {
    read: (reader) => Array.from({ length: reader.length() }, () => inner.read(reader)),
    fromJson: (value, path) => {
      if (!Array.isArray(value)) throw mismatch(path, "a list", value);
      return value.map((item, index) => inner.fromJson(item, `${path}[${index}]`));
    },
    write: (writer, value) => {
      writer.varint(value.length);
      for (const item of value) inner.write(writer, item);
    },
  };
}

/** Two values, one after the other; a list of two in JSON. */
export function pair<A, B>(first: Codec<A>, second: Codec<B>): Codec<readonly [A, B]> {
  return {
    read: (reader) => [first.read(reader), second.read(reader)],
    fromJson: (value, path) => {
      if (!Array.isArray(value) || value.length !== 2) throw mismatch(path, "a list of two", value);
      return [first.fromJson(value[0], `${path}[0]`), second.fromJson(value[1], `${path}[1]`)];
    },
    write: (writer, value) => {
      first.write(writer, value[0]);
      second.write(writer, value[1]);
    },
  };
}

/** A fieldless enum: a variant index in postcard, its name in JSON. */
export function choice<const N extends readonly string[]>(...names: N): Codec<N[number]> {
  return {
    read: (reader) => {
      const index = reader.u32();
      const name = names[index];
      if (name === undefined) throw new WireError(`variant ${index} is not one of ${names.join(", ")}`);
      return name;
    },
    fromJson: (value, path) => {
      if (typeof value === "string" && names.includes(value)) return value;
      throw mismatch(path, `one of ${names.join(", ")}`, value);
    },
    write: (writer, value) => writer.varint(names.indexOf(value)),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a codec of whatever type; `Decoded` infers it back
type AnyCodec = Codec<any>;

type StructOf<F> = { readonly [K in keyof F]: Decoded<F[K]> };

/** A struct; fields in the order of the protocol. */
export function struct<F extends Readonly<Record<string, AnyCodec>>>(fields: F): Codec<StructOf<F>> {
  const entries = Object.entries(fields) as [string, Codec<unknown>][];
  return {
    read: (reader) =>
      Object.fromEntries(entries.map(([name, codec]) => [name, codec.read(reader)])) as StructOf<F>,
    fromJson: (value, path) => {
      const record = object(value, path);
      return Object.fromEntries(
        entries.map(([name, codec]) => [name, codec.fromJson(record[name], `${path}.${name}`)]),
      ) as StructOf<F>;
    },
    write: (writer, value) => {
      for (const [name, codec] of entries) codec.write(writer, (value as Record<string, unknown>)[name]);
    },
  };
}

/** A struct without fields: a variant that says everything by its name. */
export const unit: Codec<null> = { read: () => null, fromJson: () => null, write: () => undefined };

type Variants = Readonly<Record<string, AnyCodec>>;
/** `{ kind: "watch", value: … }` for each variant. */
type Tagged<V extends Variants> = {
  [K in keyof V & string]: { readonly kind: K; readonly value: Decoded<V[K]> };
}[keyof V & string];

/** An enum with fields: variants in the order of the protocol. JSON tags it from outside, as serde does. */
export function tagged<V extends Variants>(variants: V): Codec<Tagged<V>> {
  const entries = Object.entries(variants) as [string, Codec<unknown>][];
  return {
    read: (reader) => {
      const index = reader.u32();
      const entry = entries[index];
      if (entry === undefined)
        throw new WireError(`variant ${index} is not one of the ${entries.length} known`);
      return { kind: entry[0], value: entry[1].read(reader) } as Tagged<V>;
    },
    fromJson: (value, path) => {
      if (typeof value === "string" && variants[value] === unit)
        return { kind: value, value: null } as Tagged<V>;
      const record = object(value, path);
      const name = Object.keys(record)[0] ?? "";
      const codec = variants[name];
      if (codec === undefined) throw mismatch(path, `one of ${Object.keys(variants).join(", ")}`, name);
      return { kind: name, value: codec.fromJson(record[name], `${path}.${name}`) } as Tagged<V>;
    },
    write: (writer, value) => {
      const index = entries.findIndex(([name]) => name === value.kind);
      writer.varint(index);
      entries[index]?.[1].write(writer, value.value);
    },
  };
}

function object(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw mismatch(path, "an object", value);
}

function mismatch(path: string, expected: string, found: unknown): WireError {
  const shown = JSON.stringify(found, (_key, inner: unknown) =>
    typeof inner === "bigint" ? String(inner) : inner,
  );
  return new WireError(`${path}: expected ${expected}, found ${(shown ?? "nothing").slice(0, 80)}`);
}
