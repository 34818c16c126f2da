// Colyseus: a room whose state is the match, patched at each tick.
import { Room, Server } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { readMatch, serve } from "./pace.mjs";
import { Arena } from "./schema.mjs";

const match = readMatch();
let room;

class MatchRoom extends Room {
  onCreate() {
    room = this;
    this.maxClients = Number.POSITIVE_INFINITY;
    this.autoDispose = false;
    // A patch when a tick is done, instead of twenty a second.
    this.setPatchRate(null);
    this.setState(new Arena());
  }
}

const transport = new WebSocketTransport();
const server = new Server({ transport, greet: false });
server.define("match", MatchRoom);
await server.listen(0, "127.0.0.1");
serve(transport.server.address().port, match, ({ state }) => {
  room.state.take(state);
  room.broadcastPatch();
});
