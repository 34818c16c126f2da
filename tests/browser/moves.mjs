/**
 * Every move that the arena took, heard on the page's own sockets, held against what the operator posted on chain.
 */
import { readRecord } from "@aurelius/sdk/arena";
import { ByteReader, clientMessage, decodeServerMessage, isFrame } from "@aurelius/sdk/wire";
import { expect } from "./scenario.mjs";

/** Listens to all sockets of `page` from now on. Answers with the list of moves that were acked, which grows. */
export function listenForAcks(page) {
  const acked = [];
  page.on("websocket", (socket) => {
    const sent = new Map();
    socket.on("framesent", ({ payload }) => {
      const reader = new ByteReader(new Uint8Array(payload));
      reader.u8();
      const message = clientMessage.read(reader);
      if (message.kind === "input") sent.set(message.value.input.sequence, message.value.input);
    });
    socket.on("framereceived", ({ payload }) => {
      const bytes = new Uint8Array(payload);
      if (isFrame(bytes)) return;
      const message = decodeServerMessage(bytes);
      if (message.kind !== "ack") return;
      const { match, warrior, heading } = sent.get(message.value.sequence);
      acked.push({ match, warrior, heading, tick: message.value.tick });
    });
  });
  return acked;
}

/** Nothing that was acked is missing in the inputs that `match` has on chain. Answers with their number. */
export async function checkNothingLost(rpc, match, acked) {
  const record = await readRecord(rpc, match);
  const segmentTicks = record.rules[10] + 256 * record.rules[11];
  const slotTicks = record.rules[12] + 256 * record.rules[13];
  const segments = record.checkpoints.flatMap(({ segments }) => segments);
  const own = acked.filter((move) => move.match === match);
  expect(own.length > 0, "no move was acked, so that nothing can be said of them");
  for (const { warrior, heading, tick } of own) {
    // The first tick of a match is number 1, and the first slot of a segment is 0.
    const made = tick - 1;
    const segment = segments[Math.floor(made / segmentTicks)];
    const slot = Math.floor((made % segmentTicks) / slotTicks);
    const posted = segment && changesIn(segment.inputs, segmentTicks / slotTicks, record.start.capacity);
    const found = posted?.find((change) => change.slot === slot && change.warrior === warrior);
    expect(
      found?.heading === heading,
      `heading ${heading} of warrior ${warrior} at tick ${tick} was acked, and ${found?.heading ?? "nothing"} is on chain`,
    );
  }
  return own.length;
}

/** The changes in one segment's packed inputs (docs/RULES.md, “Packed inputs”). */
function changesIn(bytes, slots, capacity) {
  if (bytes.length === 1) return [];
  const maskBytes = Math.ceil(capacity / 8);
  const headings = 1 + slots * maskBytes;
  const changes = [];
  for (let slot = 0; slot < slots; slot += 1) {
    for (let warrior = 0; warrior < capacity; warrior += 1) {
      const mask = bytes[1 + slot * maskBytes + (warrior >> 3)];
      if (((mask >> (warrior & 7)) & 1) === 0) continue;
      const at = changes.length;
      const heading = (bytes[headings + (at >> 1)] >> (4 * (at & 1))) & 15;
      changes.push({ slot, warrior, heading });
    }
  }
  return changes;
}
