// Bare `ws`: the relay's own bytes, sent to each socket as its documentation shows.
import { WebSocket, WebSocketServer } from "ws";
import { readMatch, serve } from "./pace.mjs";

const match = readMatch();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("listening", () => {
  serve(server.address().port, match, ({ frame }) => {
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(frame, { binary: true });
    }
  });
});
