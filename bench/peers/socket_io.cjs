// Rooms of socket.io, WebSocket only: node bench/peers/socket_io.cjs PORT (NODE_PATH names the folder of its package).
const http = require("node:http").createServer();
const { Server } = require("socket.io");

const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false });
io.on("connection", (socket) => {
  const room = socket.handshake.query.room;
  socket.join(room);
  socket.on("m", (message) => io.to(room).emit("m", message));
});
http.listen(Number(process.argv[2]), "127.0.0.1");
