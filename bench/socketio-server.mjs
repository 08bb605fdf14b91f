// A chat server on Socket.IO as its documentation describes it, for the same faults as Kefu's gateway. Connection state
// recovery is on. With `store` it also keeps what it is given, as step 7 and 8 of the tutorial do: in SQLite, by the
// sender's offset, which is unique; and who comes back without a recovered state gets what came after the last offset.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Server } from 'socket.io';

const { dataDir, store } = JSON.parse(process.argv[2] ?? '{}');

let database;
if (store) {
  database = new DatabaseSync(join(dataDir, 'socketio.db'));
  // As durable as Kefu's store.
  database.exec('pragma journal_mode = wal; pragma synchronous = full');
  database.exec(`create table if not exists messages (
    id integer primary key autoincrement, client_offset text unique, room text, content text
  )`);
}
const insert = database?.prepare('insert into messages (content, room, client_offset) values (?, ?, ?)');
const after = database?.prepare('select id, room, content from messages where id > ? order by id');

const server = createServer();
const io = new Server(server, { connectionStateRecovery: {} });
io.on('connection', (socket) => {
  const { rooms, serverOffset } = socket.handshake.auth;
  socket.join(rooms);
  socket.on('chat message', (room, content, clientOffset, callback) => {
    if (!insert) {
      socket.to(room).emit('chat message', content);
      callback();
      return;
    }
    let id;
    try {
      id = Number(insert.run(content, room, clientOffset).lastInsertRowid);
    } catch (error) {
      // It was inserted before: SQLITE_CONSTRAINT_UNIQUE.
      if (error.errcode === 2067) callback();
      return;
    }
    socket.to(room).emit('chat message', content, id);
    callback();
  });
  if (!after || socket.recovered) return;
  for (const { id, room, content } of after.iterate(serverOffset ?? 0))
    if (rooms.includes(room)) socket.emit('chat message', content, id);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`port ${server.address().port}\n`));
