// The state of the match as Colyseus keeps it in step: what changed since the last patch is sent.
import { defineTypes, Schema, ArraySchema } from "@colyseus/schema";

/** What each warrior has, as the relay's state names it. */
const WARRIOR = {
  owner: "uint8",
  hp: "uint8",
  x: "uint8",
  y: "uint8",
  heading: "uint8",
  effect: "string",
  kills: "uint8",
  streak: "uint8",
};

class Warrior extends Schema {}
defineTypes(Warrior, WARRIOR);

/** The match. No power-ups lie in the recorded one, and nothing of it changes but what is here. */
export class Arena extends Schema {
  constructor() {
    super();
    this.warriors = new ArraySchema();
  }

  /** Takes over what is different in a recorded state. */
  take(state) {
    this.tick = state.tick;
    this.zone = state.zone;
    state.warriors.forEach((from, index) => {
      const known = this.warriors[index];
      const warrior = known ?? new Warrior();
      for (const name of Object.keys(WARRIOR)) {
        const value = typeof from[name] === "object" ? JSON.stringify(from[name]) : from[name];
        if (warrior[name] !== value) warrior[name] = value;
      }
      if (!known) this.warriors.push(warrior);
    });
  }
}
defineTypes(Arena, { tick: "uint32", zone: "uint8", warriors: [Warrior] });
