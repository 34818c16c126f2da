import type { PlayerInfo } from "@aurelius/sdk/wire";
import { describe, expect, it } from "vitest";
import type { KeptKey } from "../src/play/key-store";
import { OwnKeys } from "../src/play/own-keys";

const key = (address: string, match: string, wallet: string): KeptKey => ({
  address,
  entry: { match, wallet },
  sign: async () => new Uint8Array(64),
});
const player = (slot: number, wallet: string, session: string): PlayerInfo =>
  ({ slot, wallet, session }) as PlayerInfo;

describe("entries that this browser plays", () => {
  const players = [player(0, "other", "x"), player(1, "me", "mine")];

  it("are those whose session key it has, in that match alone", () => {
    const keys = new OwnKeys();
    keys.add(key("mine", "m", "me"));
    expect(keys.entryIn("m", players)?.player.slot).toBe(1);
    expect(keys.entryIn("n", players)).toBeUndefined();
    expect([...keys.matches]).toEqual(["m"]);
    expect(keys.matches).toBe(keys.matches);
  });

  it("count from the moment at which the chain has the key, though the relay knows of the one before", () => {
    const keys = new OwnKeys();
    const moved = key("moved", "m", "me");
    keys.add(moved);
    expect(keys.entryIn("m", players), "made, but not registered").toBeUndefined();
    keys.registered(moved);
    expect(keys.entryIn("m", players)?.key).toBe(moved);
    expect(keys.entryIn("m", [player(0, "other", "x")])).toBeUndefined();
  });

  it("end when the chain has another key, though the relay knows of this one, and begin again", () => {
    const keys = new OwnKeys();
    const mine = key("mine", "m", "me");
    keys.add(mine);
    keys.replaced(mine);
    expect(keys.entryIn("m", players)).toBeUndefined();
    keys.registered(mine);
    expect(keys.entryIn("m", players)?.key).toBe(mine);
  });
});
