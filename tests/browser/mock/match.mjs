/**
 * One make-believe match from lobby to payout, with made-up keys and signatures.
 */
import { createHash } from "node:crypto";
import { Battle } from "./battle.mjs";
import { bundle, delta, keyframe } from "./frames.mjs";

export const MINT = key("mint");
const DECIMALS = 6;
const STAKE = 5_000_000n;
const FEE_BPS = 300n;
const BURN_BPS = 200n;

export function key(...parts) {
  return createHash("sha256").update(parts.join(":")).digest();
}

function signature(...parts) {
  return Buffer.concat([key("first", ...parts), key("second", ...parts)]);
}

export class MockMatch {
  constructor(
    id,
    {
      mode = "blitz",
      players = 8,
      warriorsEach = [3, 2, 2, 3, 2, 3, 2, 3],
      lengthTicks = 5400,
      seed = id,
    } = {},
  ) {
    this.id = id;
    this.mode = mode;
    this.address = key("match", id);
    this.seed = seed;
    this.lengthTicks = lengthTicks;
    this.wanted = players;
    this.warriorsEach = warriorsEach;
    this.status = "open";
    this.players = [];
    this.checkpoints = [];
    this.result = null;
    this.createdAtMs = Date.now();
    this.startsAtMs = null;
    this.startedIn = null;
    this.lockedIn = null;
    this.listeners = new Set();
    this.pending = [];
    this.before = undefined;
    this.slot = 250_000_000 + id * 1000;
  }

  get side() {
    return this.mode === "siege" ? 60 : 32;
  }

  summary() {
    return {
      match: this.address,
      match_id: this.id,
      mode: this.mode,
      status: this.status,
      mint: MINT,
      decimals: DECIMALS,
      symbol: "AUR",
      stake_per_warrior: STAKE,
      players: this.players.length,
      players_max: this.wanted,
      warriors: this.players.reduce((sum, player) => sum + player.warriors, 0),
      warriors_max: this.mode === "siege" ? 100 : 20,
      pot: this.players.reduce((sum, player) => sum + player.paid, 0n),
      tick: this.battle?.tick ?? (this.status === "open" || this.status === "locked" ? 0 : this.lengthTicks),
      length_ticks: this.lengthTicks,
      created_at_ms: this.createdAtMs,
      starts_at_ms: this.startsAtMs,
    };
  }

  detail() {
    return {
      summary: this.summary(),
      operator: key("operator"),
      rules_hash: key("rules", this.mode),
      rules: this.rules(),
      drip_root: key("drip", this.id),
      seed: this.startedIn === null ? null : key("seed", this.id),
      genesis_leaf: this.startedIn === null ? null : key("genesis", this.id),
      players: this.players,
      checkpoints: this.checkpoints,
      result: this.result,
      created_in: signature("created", this.id),
      locked_in: this.lockedIn,
      started_in: this.startedIn,
      deaths: [],
    };
  }

  /** The first bytes of a rules table; what the page does not read stays zero. */
  rules() {
    const table = Buffer.alloc(96);
    const siege = this.mode === "siege";
    table[0] = 1;
    table[1] = siege ? 1 : 0;
    table[2] = 2;
    table[3] = siege ? 100 : 20;
    table[4] = 5;
    table[5] = this.side;
    table[6] = this.side / 2;
    table[7] = siege ? 1 : 2;
    table.writeUInt16LE(this.lengthTicks, 8);
    table.writeUInt16LE(60, 10);
    table.writeUInt16LE(siege ? 3 : 1, 12);
    table.writeUInt16LE(siege ? 3600 : 0, 14);
    table.writeUInt16LE(Number(FEE_BPS), 16);
    table.writeUInt16LE(Number(BURN_BPS), 18);
    (siege ? [6000, 2500, 1000] : [9500, 0, 0]).forEach((bps, place) =>
      table.writeUInt16LE(bps, 20 + 2 * place),
    );
    table.writeUInt16LE(10_000, 28);
    table.writeUInt16LE(6, 32);
    table.writeUInt16LE(3, 34);
    table.writeUInt16LE(this.shrinkStart, 62);
    table.writeUInt16LE(this.shrinkEvery, 64);
    return table;
  }

  get shrinkStart() {
    return Math.floor(this.lengthTicks / 2);
  }

  get shrinkEvery() {
    return Math.max(30, Math.floor(this.lengthTicks / 18));
  }

  tell(happened) {
    for (const listener of this.listeners) listener.event(happened);
  }

  enter() {
    const slot = this.players.length;
    const warriors = this.warriorsEach[slot % this.warriorsEach.length];
    const player = {
      slot,
      wallet: key("wallet", this.seed, slot),
      session: key("session", this.seed, slot),
      warriors,
      first_warrior: this.players.reduce((sum, other) => sum + other.warriors, 0),
      late: false,
      paid: STAKE * BigInt(warriors),
      payout: null,
      refunded: false,
      place: null,
      entered_in: signature("enter", this.id, slot),
      claimed_in: null,
    };
    this.players = [...this.players, player];
    this.tell({ kind: "entered", player });
  }

  setStatus(status, name) {
    this.status = status;
    const signed = signature(name, this.id);
    if (status === "locked") this.lockedIn = signed;
    if (status === "live") this.startedIn = signed;
    this.tell({ kind: "status", status, signature: signed });
  }

  begin() {
    const owners = this.players.flatMap((player) =>
      Array.from({ length: player.warriors }, () => player.slot),
    );
    this.battle = new Battle({
      owners,
      side: this.side,
      lengthTicks: this.lengthTicks,
      shrinkStart: this.shrinkStart,
      shrinkEvery: this.shrinkEvery,
      zoneFinal: this.side / 2,
      mode: this.mode,
      seed: this.seed,
    });
    this.startsAtMs = Date.now();
    this.setStatus("live", "start");
    this.tell({
      kind: "started",
      seed: key("seed", this.id),
      genesis_leaf: key("genesis", this.id),
      starts_at_ms: this.startsAtMs,
    });
    this.before = this.battle.snapshot();
  }

  /** Brings the battle to `tick`, in bundles of three ticks. */
  advance(tick) {
    while (this.battle.tick < tick && this.battle.ending === "running") {
      const events = this.battle.step();
      const after = this.battle.snapshot();
      this.pending.push(after.tick % 60 === 0 ? keyframe(after, events) : delta(this.before, after, events));
      this.before = after;
      const over = this.battle.ending !== "running";
      if (this.pending.length === 3 || over) {
        const bytes = bundle(this.pending);
        this.pending = [];
        for (const listener of this.listeners) listener.frames(bytes);
      }
      if (after.tick % 120 === 0 || over) this.checkpoint();
    }
    return this.battle.ending !== "running";
  }

  keyframe() {
    return keyframe(this.battle.snapshot(), []);
  }

  checkpoint() {
    const index = this.checkpoints.length;
    const made = {
      index,
      tick: this.battle.tick,
      digest: key("digest", this.id, index),
      leaf: key("leaf", this.id, index),
      posted_in: null,
      slot: null,
    };
    this.checkpoints = [...this.checkpoints, made];
    this.tell({ kind: "checkpoint", checkpoint: made });
    setTimeout(() => {
      this.slot += 5;
      const landed = { ...made, posted_in: signature("checkpoint", this.id, index), slot: this.slot };
      this.checkpoints = this.checkpoints.map((other) => (other.index === index ? landed : other));
      this.tell({ kind: "checkpoint", checkpoint: landed });
    }, 900);
  }

  propose() {
    const pot = this.summary().pot;
    const fee = (pot * FEE_BPS) / 10_000n;
    const burn = (pot * BURN_BPS) / 10_000n;
    const order = [...this.players].sort((a, b) => this.#score(b) - this.#score(a));
    const shares = this.mode === "siege" ? [6000n, 2500n, 1000n] : [9500n];
    this.players = this.players.map((player) => {
      const place = order.findIndex((other) => other.slot === player.slot);
      return { ...player, place: place + 1, payout: (pot * (shares[place] ?? 0n)) / 10_000n };
    });
    this.result = {
      leaf: key("final", this.id),
      pot,
      fee,
      burn,
      proposed_in: signature("result", this.id),
      finalized_in: null,
    };
    this.setStatus("proposed", "result");
    this.tell({ kind: "result", result: this.result });
  }

  #score(player) {
    const own = this.battle.warriors.filter((warrior) => warrior.owner === player.slot);
    const hp = own.reduce((sum, warrior) => sum + warrior.hp, 0);
    return (hp > 0 ? 1e6 : 0) + hp * 100 + own.reduce((sum, warrior) => sum + warrior.kills, 0);
  }

  settle() {
    this.result = { ...this.result, finalized_in: signature("finalize", this.id) };
    this.setStatus("settled", "finalize");
    this.tell({ kind: "result", result: this.result });
  }

  pay() {
    for (const { slot, payout } of this.players) {
      if (payout === 0n) continue;
      const signed = signature("claim", this.id, slot);
      this.players = this.players.map((player) =>
        player.slot === slot ? { ...player, claimed_in: signed } : player,
      );
      this.tell({ kind: "paid", slot, amount: payout, signature: signed });
    }
  }

  /** A finished match for the history, without watching it. */
  static finished(id, options, agoMs) {
    const match = new MockMatch(id, options);
    while (match.players.length < match.wanted) match.enter();
    match.setStatus("locked", "lock");
    match.begin();
    while (match.battle.ending === "running") match.battle.step();
    match.propose();
    match.settle();
    match.pay();
    match.createdAtMs = Date.now() - agoMs;
    match.startsAtMs = match.createdAtMs + 20_000;
    const count = Math.ceil(match.battle.tick / 120);
    match.checkpoints = Array.from({ length: count }, (_, index) => ({
      index,
      tick: Math.min(match.battle.tick, (index + 1) * 120),
      digest: key("digest", id, index),
      leaf: key("leaf", id, index),
      posted_in: signature("checkpoint", id, index),
      slot: match.slot + index * 5,
    }));
    return match;
  }
}
