/**
 * A make-believe battle: it looks like one and follows none of the real rules exactly.
 *
 * Good for drawing and for testing the page, worthless for anything else. Repeatable: the same seed
 * gives the same battle.
 */

const STEPS = [
  [0, 0],
  [0, -1],
  [1, -1],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
];
const POWERS = ["rage", "shield", "speed", "heal"];
const SLOTS = 8;

export class Battle {
  constructor({ owners, side, lengthTicks, shrinkStart, shrinkEvery, zoneFinal, mode, seed }) {
    this.random = mulberry(seed);
    Object.assign(this, { side, lengthTicks, shrinkStart, shrinkEvery, zoneFinal, mode });
    this.tick = 0;
    this.zone = 1;
    this.special = null;
    this.ending = "running";
    this.powerUps = Array.from({ length: owners.length > 50 ? 2 * SLOTS : SLOTS }, () => null);
    this.expires = [];
    const taken = new Set();
    this.warriors = owners.map((owner) => {
      let x;
      let y;
      do {
        x = 1 + Math.floor(this.random() * side);
        y = 1 + Math.floor(this.random() * side);
      } while (taken.has(x * 64 + y));
      taken.add(x * 64 + y);
      return {
        owner,
        x,
        y,
        hp: 100,
        heading: 0,
        effect: "none",
        kills: 0,
        streak: 0,
        moveAt: 0,
        strikeAt: 30 + Math.floor(this.random() * 20),
        effectUntil: 0,
        turnAt: Math.floor(this.random() * 30),
        mood: this.random(),
      };
    });
  }

  snapshot() {
    return {
      tick: this.tick,
      mode: this.mode,
      ending: this.ending,
      side: this.side,
      zone: this.zone,
      special: this.special,
      capacity: this.warriors.length,
      warriors: this.warriors.map(({ owner, hp, x, y, heading, effect, kills, streak }) => ({
        owner,
        hp,
        x,
        y,
        heading,
        effect,
        kills,
        streak,
      })),
      powerUps: this.powerUps.map((item) =>
        item === null ? null : { kind: item.kind, x: item.x, y: item.y },
      ),
    };
  }

  /** One tick on; returns what happened. */
  step() {
    const events = [];
    if (this.ending !== "running") return events;
    this.tick += 1;
    this.#shrink();
    this.#spawn();
    for (const warrior of this.warriors) if (warrior.hp > 0) this.#act(warrior, events);
    this.#strike(events);
    if (this.tick % 180 === 0 && this.special?.kind !== "calm") {
      this.warriors.forEach((warrior, index) => this.#wound(warrior, index, 2, "environment", events));
    }
    if (this.tick % 60 === 0) {
      this.warriors.forEach((warrior, index) => {
        if (!this.#inZone(warrior.x, warrior.y)) this.#wound(warrior, index, 4, "zone", events);
      });
    }
    const owners = new Set(this.warriors.filter((warrior) => warrior.hp > 0).map((warrior) => warrior.owner));
    if (owners.size <= 1 || this.tick >= this.lengthTicks) {
      this.ending = "over";
      events.push({ kind: "ended", reason: owners.size <= 1 ? "last_player" : "full_time" });
    }
    return events;
  }

  #inZone(x, y) {
    const last = this.side + 1 - this.zone;
    return x >= this.zone && x <= last && y >= this.zone && y <= last;
  }

  #shrink() {
    const since = this.tick - this.shrinkStart;
    const most = 1 + (this.side - this.zoneFinal) / 2;
    if (since >= 0 && since % this.shrinkEvery === 0 && this.zone < most) this.zone += 1;
    if (this.special !== null && this.tick >= this.special.until) this.special = null;
    if (this.tick % 600 === 0 && this.random() < 0.5) {
      const kind = ["frenzy", "calm", "haste"][Math.floor(this.random() * 3)];
      this.special = { kind, until: this.tick + 300 };
    }
  }

  #spawn() {
    this.powerUps.forEach((item, slot) => {
      if (item !== null && item.until <= this.tick) this.powerUps[slot] = null;
    });
    if (this.tick % 120 !== 60) return;
    const slot = this.powerUps.indexOf(null);
    if (slot < 0) return;
    const span = this.side + 2 - 2 * this.zone;
    const x = this.zone + Math.floor(this.random() * span);
    const y = this.zone + Math.floor(this.random() * span);
    if (this.#at(x, y) !== undefined || this.powerUps.some((item) => item?.x === x && item.y === y)) return;
    this.powerUps[slot] = { kind: POWERS[Math.floor(this.random() * 4)], x, y, until: this.tick + 900 };
  }

  #at(x, y) {
    return this.warriors.find((warrior) => warrior.hp > 0 && warrior.x === x && warrior.y === y);
  }

  #act(warrior, events) {
    if (warrior.effect !== "none" && this.tick >= warrior.effectUntil) warrior.effect = "none";
    if (this.tick >= warrior.turnAt) {
      warrior.turnAt = this.tick + 8 + Math.floor(this.random() * 22);
      warrior.heading = this.#choose(warrior);
    }
    if (warrior.heading === 0 || this.tick < warrior.moveAt) return;
    const fast = warrior.effect === "speed" || this.special?.kind === "haste";
    warrior.moveAt = this.tick + (fast ? 3 : 6);
    const [dx, dy] = STEPS[warrior.heading];
    const x = warrior.x + dx;
    const y = warrior.y + dy;
    if (x < 1 || y < 1 || x > this.side || y > this.side || this.#at(x, y) !== undefined) return;
    warrior.x = x;
    warrior.y = y;
    const slot = this.powerUps.findIndex((item) => item?.x === x && item.y === y);
    if (slot < 0) return;
    const { kind } = this.powerUps[slot];
    this.powerUps[slot] = null;
    events.push({ kind: "pickup", warrior: this.warriors.indexOf(warrior), power: kind });
    if (kind === "heal") warrior.hp = Math.min(100, warrior.hp + 25);
    else Object.assign(warrior, { effect: kind, effectUntil: this.tick + 360 });
  }

  #choose(warrior) {
    const centre = (this.side + 1) / 2;
    if (!this.#inZone(warrior.x, warrior.y)) return towards(warrior, centre, centre);
    const items = this.powerUps.filter(
      (item) => item !== null && Math.hypot(item.x - warrior.x, item.y - warrior.y) < 7,
    );
    if (items.length > 0) return towards(warrior, items[0].x, items[0].y);
    let nearest;
    let best = Infinity;
    for (const other of this.warriors) {
      if (other.hp === 0 || other.owner === warrior.owner) continue;
      const distance = Math.hypot(other.x - warrior.x, other.y - warrior.y);
      if (distance < best) {
        best = distance;
        nearest = other;
      }
    }
    if (nearest === undefined || this.random() < 0.2) return Math.floor(this.random() * 9);
    if (best < 1.5) return warrior.hp < 30 ? towards(nearest, warrior.x, warrior.y) : 0;
    if (warrior.mood < 0.7 && this.tick < this.lengthTicks / 2) return Math.floor(this.random() * 9);
    return towards(warrior, nearest.x, nearest.y);
  }

  #strike(events) {
    const blows = [];
    this.warriors.forEach((warrior, attacker) => {
      if (warrior.hp === 0 || this.tick < warrior.strikeAt) return;
      let target = -1;
      this.warriors.forEach((other, index) => {
        const near = Math.max(Math.abs(other.x - warrior.x), Math.abs(other.y - warrior.y)) === 1;
        if (other.hp === 0 || other.owner === warrior.owner || !near) return;
        if (target < 0 || other.hp < this.warriors[target].hp) target = index;
      });
      if (target < 0) return;
      warrior.strikeAt = this.tick + 50;
      const base = 2 + Math.floor(this.random() * 3);
      const damage = warrior.effect === "rage" ? base * 2 : base;
      blows.push({
        attacker,
        target,
        damage: this.warriors[target].effect === "shield" ? Math.ceil(damage / 2) : damage,
      });
    });
    for (const blow of blows) events.push({ kind: "hit", ...blow });
    for (const { attacker, target, damage } of blows) {
      const victim = this.warriors[target];
      if (victim.hp === 0) continue;
      victim.hp = Math.max(0, victim.hp - damage);
      if (victim.hp > 0) continue;
      const killer = this.warriors[attacker];
      killer.kills += 1;
      if (killer.hp > 0) killer.hp = Math.min(100, killer.hp + 5);
      const streak = killer.streak + 1;
      for (const other of this.warriors) {
        if (other.owner === killer.owner) other.streak = streak;
        if (other.owner === victim.owner) other.streak = 0;
      }
      Object.assign(victim, { heading: 0, effect: "none" });
      events.push(
        { kind: "kill", attacker, victim: target, streak },
        { kind: "died", warrior: target, cause: "combat" },
      );
    }
  }

  #wound(warrior, index, points, cause, events) {
    if (warrior.hp === 0) return;
    const living = this.warriors.filter((other) => other.hp > 0).length;
    if (living <= 1) return;
    warrior.hp = Math.max(0, warrior.hp - points);
    if (warrior.hp > 0) return;
    Object.assign(warrior, { heading: 0, effect: "none" });
    events.push({ kind: "died", warrior: index, cause });
  }
}

function towards(from, x, y) {
  const dx = Math.sign(Math.round(x - from.x));
  const dy = Math.sign(Math.round(y - from.y));
  return STEPS.findIndex(([stepX, stepY]) => stepX === dx && stepY === dy);
}

export function mulberry(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
