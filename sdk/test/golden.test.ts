/**
 * The decoder against the vectors that the Rust crate `protocol` commits: the same bytes must mean
 * the same there and here. Every file of a kind is checked, so a new message without a decoder fails.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { TickEvent } from "../src/wire/snapshot.js";
import { ByteReader, ByteWriter, WireError } from "../src/wire/bytes.js";
import {
  clientMessage,
  CONTROL_BYTE,
  decodeServerMessage,
  encodeClientMessage,
  serverMessage,
} from "../src/wire/control.js";
import { decodeFrames, type Delta, type Keyframe } from "../src/wire/frame.js";
import { fromHex } from "../src/wire/text.js";

const FOLDER = new URL("../../protocol/tests/golden/", import.meta.url);

interface Golden {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly json: unknown;
}

/** `name, N bytes`, lines of hex, then JSON to the end. */
function golden(prefix: string): Golden[] {
  const found = readdirSync(FOLDER)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".txt"))
    .sort()
    .map((name) => parse(name, readFileSync(new URL(name, FOLDER), "utf8")));
  expect(found.length, `golden files ${prefix}*`).toBeGreaterThan(0);
  return found;
}

function parse(name: string, text: string): Golden {
  const lines = text.split("\n");
  const hexLines = lines.slice(1).findIndex((line) => !/^[0-9a-f]+$/.test(line));
  const hex = lines.slice(1, 1 + hexLines).join("");
  const length = Number(/, (\d+) bytes$/.exec(lines[0] ?? "")?.[1]);
  return {
    name,
    bytes: fromHex(hex, length),
    json: JSON.parse(lines.slice(1 + hexLines).join("\n")) as unknown,
  };
}

describe("server messages", () => {
  it.each(golden("server_"))("$name", ({ bytes, json }) => {
    const decoded = decodeServerMessage(bytes);
    expect(decoded).toEqual(serverMessage.fromJson(json, "message"));
    const writer = new ByteWriter();
    writer.u8(CONTROL_BYTE);
    serverMessage.write(writer, decoded);
    expect(writer.finish()).toEqual(bytes);
  });

  it.each(golden("server_"))("$name: every cut and every extra byte is refused", ({ bytes }) => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeServerMessage(bytes.subarray(0, length))).toThrow(WireError);
    }
    expect(() => decodeServerMessage(Uint8Array.from([...bytes, 0]))).toThrow("after the end");
  });
});

describe("client messages", () => {
  it.each(golden("client_"))("$name", ({ bytes, json }) => {
    const message = clientMessage.fromJson(json, "message");
    expect(encodeClientMessage(message)).toEqual(bytes);
    const reader = new ByteReader(bytes.subarray(1));
    expect(clientMessage.read(reader)).toEqual(message);
    reader.end();
  });
});

describe("frames", () => {
  it.each(golden("frame_"))("$name", ({ bytes, json }) => {
    const frames = decodeFrames(bytes).map(frameJson);
    const bundle = (json as { bundle?: unknown }).bundle;
    expect(bundle === undefined ? frames[0] : frames).toEqual(bundle ?? json);
  });

  it.each(golden("frame_"))("$name: every cut is refused", ({ name, bytes }) => {
    // A bundle cut between two frames is a shorter bundle; inside a frame it is not.
    const whole = name.includes("bundle") ? bytes.length - 1 : 0;
    for (let length = whole; length < bytes.length; length += 1) {
      expect(() => decodeFrames(bytes.subarray(0, length))).toThrow("cut short");
    }
  });
});

/** The JSON form of a frame, as the protocol has it. */
function frameJson(frame: Keyframe | Delta): unknown {
  const events = frame.events.map(eventJson);
  if (frame.kind === "keyframe") {
    const { powerUps, ...rest } = frame.snapshot;
    return { keyframe: { ...rest, power_ups: powerUps, events } };
  }
  const { kind, powerUps, entered, ...rest } = frame;
  return {
    [kind]: {
      ...rest,
      ...(entered.length > 0 ? { entered } : {}),
      ...(powerUps.length > 0
        ? { power_ups: powerUps.map(({ slot, powerUp }) => ({ slot, power_up: powerUp })) }
        : {}),
      ...(events.length > 0 ? { events } : { events: undefined }),
    },
  };
}

function eventJson(event: TickEvent): unknown {
  if (event.kind === "pickup") return { pickup: { warrior: event.warrior, kind: event.power } };
  const { kind, ...rest } = event;
  return { [kind]: rest };
}
