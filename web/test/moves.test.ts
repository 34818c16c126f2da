import { InputChain, inputMessage, type Outcome, sessionAuthMessage, sha256 } from "@aurelius/sdk/session";
import { fromHex, type Heading, toHex } from "@aurelius/sdk/wire";
import { beforeEach, describe, expect, it } from "vitest";
import { headingOf } from "../src/play/controls/keyboard";
import { sectorHeading } from "../src/play/controls/stick";
import { Mover } from "../src/play/mover";

const MATCH = "11111111111111111111111111111112";
const SIGNER = { address: MATCH, sign: () => Promise.resolve(new Uint8Array(64)) };
const ZEROS = "00".repeat(32);

describe("what a session key signs", () => {
  it("lays an input out as the protocol says", () => {
    const bytes = inputMessage({
      match: MATCH,
      slot: 3,
      sequence: 2,
      previous: ZEROS,
      tick: 258,
      warrior: 7,
      heading: 8,
    });
    expect(bytes).toHaveLength(92);
    expect(new TextDecoder().decode(bytes.slice(0, 17))).toBe("aurelius:input:v1");
    expect([...bytes.slice(49, 54)]).toEqual([3, 2, 0, 0, 0]);
    expect([...bytes.slice(86)]).toEqual([2, 1, 0, 0, 7, 8]);
  });

  it("names the domain it signs in to", () => {
    const bytes = sessionAuthMessage("a.example", "ff".repeat(16));
    expect(bytes).toHaveLength(24 + 1 + 9 + 16);
    expect(bytes[24]).toBe(9);
    expect(new TextDecoder().decode(bytes.slice(25, 34))).toBe("a.example");
  });
});

describe("the chain of inputs", () => {
  const sent: { sequence: number; previous: string; heading: number; tick: number }[] = [];
  const outcomes: Outcome[] = [];
  let chain: InputChain;

  beforeEach(() => {
    sent.length = 0;
    outcomes.length = 0;
    chain = new InputChain({
      send: (message) => {
        if (message.kind === "input") sent.push(message.value.input);
        return true;
      },
      answered: (outcome) => outcomes.push(outcome),
    });
    chain.start({ match: MATCH, signer: SIGNER });
  });

  async function push(heading: Heading, warrior = 0): Promise<void> {
    const before = sent.length;
    chain.push({ slot: 1, tick: 10, warrior, heading });
    for (let turn = 0; turn < 50 && sent.length === before; turn += 1)
      await new Promise((done) => setTimeout(done, 1));
  }

  async function hashOf(index: number): Promise<string> {
    const { sequence, previous, heading, tick } = sent[index] ?? {
      sequence: 0,
      previous: ZEROS,
      heading: 0,
      tick: 0,
    };
    return toHex(
      await sha256(inputMessage({ match: MATCH, slot: 1, sequence, previous, tick, warrior: 0, heading })),
    );
  }

  it("signs each input on top of the one before, without waiting for acks", async () => {
    await push(1);
    await push(3);
    expect(sent.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(sent[0]?.previous).toBe(ZEROS);
    expect(sent[1]?.previous).toBe(await hashOf(0));
    chain.acked(1, 12);
    chain.acked(2, 13);
    expect(outcomes.map((outcome) => outcome.kind === "acked" && outcome.tick)).toEqual([12, 13]);
  });

  it("goes on where the arena says, and sends again what was misplaced", async () => {
    await push(1);
    await push(3);
    const head = "ab".repeat(32);
    chain.rejected(1, "wrong_sequence", { expected_sequence: 7, head });
    for (let turn = 0; turn < 50 && sent.length < 3; turn += 1)
      await new Promise((done) => setTimeout(done, 1));
    // Both steer the same warrior: only the newer is worth sending.
    expect(sent[2]).toMatchObject({ sequence: 7, previous: head, heading: 3 });
    expect(sent).toHaveLength(3);
    // The answer to the second of the old ones changes nothing any more.
    chain.rejected(2, "wrong_sequence", { expected_sequence: 7, head });
    await push(5);
    expect(sent[3]?.sequence).toBe(8);
    expect(outcomes).toEqual([]);
  });

  it("tells a refusal that is for good", async () => {
    await push(1);
    chain.rejected(1, "too_many_changes", { expected_sequence: 1, head: ZEROS });
    expect(outcomes).toMatchObject([{ kind: "rejected", reason: "too_many_changes", heading: 1 }]);
    await push(5);
    expect(sent[1]).toMatchObject({ sequence: 1, previous: ZEROS });
  });

  it("goes on behind the last ack after a lost connection", async () => {
    await push(1);
    const head = await hashOf(0);
    chain.acked(1, 12);
    await push(3);
    chain.stop();
    chain.start({ match: MATCH, signer: SIGNER });
    await push(5);
    expect(sent[2]).toMatchObject({ sequence: 2, previous: head });
    expect(fromHex(head, 32)).toHaveLength(32);
  });
});

describe("the mover", () => {
  it("sends changes only, the newest, and at most eight in a segment", () => {
    const sent: Heading[] = [];
    const mover = new Mover((_warrior, heading) => sent.push(heading) > 0);
    mover.want(0, 3, 0, 60);
    mover.want(0, 3, 0, 61);
    expect(sent).toEqual([3]);
    for (let turn = 0; turn < 20; turn += 1) mover.want(0, turn % 2 === 0 ? 1 : 5, 0, 70);
    expect(sent).toHaveLength(8);
    mover.want(0, 7, 0, 71);
    mover.flush(119);
    expect(sent).toHaveLength(8);
    mover.flush(120);
    expect(sent.at(-1)).toBe(7);
    expect(sent).toHaveLength(9);
  });

  it("keeps what could not be sent until it can", () => {
    const sent: Heading[] = [];
    let online = false;
    const mover = new Mover((_warrior, heading) => online && sent.push(heading) > 0);
    mover.want(0, 2, 0, 10);
    mover.flush(11);
    expect(sent).toEqual([]);
    online = true;
    mover.flush(12);
    expect(sent).toEqual([2]);
    mover.forget();
    mover.flush(13);
    expect(sent).toEqual([2, 2]);
  });
});

describe("headings", () => {
  it("come from pairs of keys", () => {
    expect([
      headingOf([0, -1]),
      headingOf([1, -1]),
      headingOf([1, 0]),
      headingOf([0, 1]),
      headingOf([0, 0]),
    ]).toEqual([1, 2, 3, 5, 0]);
  });

  it("of a stick stay until the thumb is well past a border", () => {
    const degrees = (value: number): number => (value * Math.PI) / 180;
    expect(sectorHeading(degrees(0), undefined)).toBe(3);
    expect(sectorHeading(degrees(90), undefined)).toBe(5);
    expect(sectorHeading(degrees(-90), undefined)).toBe(1);
    expect(sectorHeading(degrees(25), 3)).toBe(3);
    expect(sectorHeading(degrees(30), 3)).toBe(4);
    expect(sectorHeading(degrees(-5), 3)).toBe(3);
    expect(sectorHeading(degrees(179), 7)).toBe(7);
    expect(sectorHeading(degrees(-179), 7)).toBe(7);
  });
});
