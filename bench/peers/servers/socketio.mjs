// Socket.IO with the whole state as JSON at each tick, to the room of the match: the first design of this game.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { readMatch, serve } from "./pace.mjs";

const match = readMatch();
const http = createServer();
const io = new Server(http);
io.on("connection", (socket) => socket.join("match"));
http.listen(0, "127.0.0.1", () => {
  serve(http.address().port, match, ({ state }) => io.to("match").emit("state", state));
});
