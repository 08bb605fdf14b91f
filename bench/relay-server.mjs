// The floor under the gateway: passes frames on to the others in their room, and does nothing else. A frame is
// "room id anything"; its sender gets "ok id". With `journal` a frame is on disk before anybody hears of it: what has come
// while the disk was busy is appended and synced together.
import { fdatasync, openSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WebSocketServer } from 'ws';

const { dataDir, journal } = JSON.parse(process.argv[2] ?? '{}');
const file = journal ? openSync(join(dataDir, 'journal'), 'a') : undefined;
const append = promisify(write);
const sync = promisify(fdatasync);

const rooms = new Map();
const roomOf = (text) => text.slice(0, text.indexOf(' '));

function pass(from, text) {
  for (const socket of rooms.get(roomOf(text)) ?? []) if (socket !== from) socket.send(text);
  const at = text.indexOf(' ') + 1;
  from.send(`ok ${text.slice(at, text.indexOf(' ', at))}`);
}

let waiting = [];
let isWriting = false;
async function commit() {
  isWriting = true;
  while (waiting.length > 0) {
    const group = waiting;
    waiting = [];
    await append(file, `${group.map(({ text }) => text).join('\n')}\n`);
    await sync(file);
    for (const { from, text } of group) pass(from, text);
  }
  isWriting = false;
}

function receive(from, text) {
  if (file === undefined) {
    pass(from, text);
    return;
  }
  waiting.push({ from, text });
  if (!isWriting) setImmediate(() => isWriting || commit());
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, backlog: 4_096 }, () =>
  process.stdout.write(`port ${server.address().port}\n`),
);
server.on('connection', (socket, { url }) => {
  const joined = new URL(url, 'http://relay').searchParams.get('rooms').split(',');
  for (const room of joined) rooms.set(room, (rooms.get(room) ?? new Set()).add(socket));
  socket.on('message', (data) => receive(socket, data.toString()));
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    for (const room of joined) rooms.get(room).delete(socket);
  });
});
