// Clients of the Socket.IO server in a process of their own: they write, and note what they were told and shown.
import { io } from 'socket.io-client';
import { seededRandom } from '../test/proof/wire/seeded-random.ts';

const { server, clients, seed } = JSON.parse(process.argv[2] ?? '{}');
const random = seededRandom(seed, 1);
const TICK_MS = 20;

const all = clients.map(({ name, rooms }) => {
  const client = { name, rooms, sent: 0, settled: 0, acked: [], shown: [], failed: 0 };
  const auth = { rooms, serverOffset: 0 };
  // As "delivery guarantees" and step 8 of the tutorial have it.
  client.socket = io(server, { auth, ackTimeout: 10_000, retries: 10 });
  client.socket.on('chat message', (content, id) => {
    client.shown.push(content);
    if (id !== undefined) auth.serverOffset = id;
  });
  return client;
});

const report = (is) =>
  process.send({
    is,
    sent: all.reduce((sum, { sent }) => sum + sent, 0),
    settled: all.reduce((sum, { settled }) => sum + settled, 0),
    shown: all.reduce((sum, { shown }) => sum + shown.length, 0),
    online: all.filter(({ socket }) => socket.connected).length,
    clients: all.length,
  });
setInterval(() => report('working'), 500);

function send(client) {
  const room = client.rooms[Math.floor(random() * client.rooms.length)];
  client.sent += 1;
  const id = `${client.name} ${client.sent}`;
  client.socket.emit('chat message', room, id, id, (error) => {
    client.settled += 1;
    if (error) client.failed += 1;
    else client.acked.push([id, room]);
  });
}

process.on('message', (order) => {
  if ('send' in order) {
    const startedAt = performance.now();
    let sent = 0;
    const ticking = setInterval(() => {
      const due = Math.min(order.send, Math.floor(((performance.now() - startedAt) * order.perSecond) / 1000));
      for (; sent < due; sent += 1) send(all[Math.floor(random() * all.length)]);
      if (sent < order.send) return;
      clearInterval(ticking);
      report('sent');
    }, TICK_MS);
  } else {
    for (const { name, rooms, sent, failed, acked, shown } of all)
      process.send({ is: 'client', name, rooms, sent, failed, acked, shown });
    process.send({ is: 'end' });
  }
});
process.on('disconnect', () => process.exit(0));
