// The fault proxy does to connections what it says, and counts it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { FaultProxy } from './fault-proxy.ts';
import type { Faults } from './fault-proxy.ts';

/** The end of a socket, with an error or without. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

/** A server that sends everything back, behind a proxy; and a client of it that has been answered once. */
async function world(t: TestContext, faults: Partial<Faults> = {}) {
  const accepted: Socket[] = [];
  const server: Server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const target = (): number => (typeof address === 'object' && address !== null ? address.port : 0);
  const proxy = await FaultProxy.listen({ target, seed: 1, faults });
  const client = connect(proxy.port, '127.0.0.1');
  t.after(async () => {
    client.destroy();
    await proxy.close();
    server.close();
  });
  let echo = '';
  const errors: string[] = [];
  client.on('data', (data) => (echo += data.toString()));
  client.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
  const until = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (echo.endsWith(text)) resolve();
      };
      client.on('data', look);
      client.once('close', () => reject(new Error(`closed before "${text}"`)));
      look();
    });
  client.write('hello');
  await until('hello');
  const [connection] = proxy.connections;
  assert.ok(connection);
  return { proxy, client, connection, accepted, errors, until, echo: () => echo };
}

describe('fault proxy', () => {
  test('without faults bytes pass in order, and the end passes too', async (t) => {
    const { client, until, echo, accepted, proxy } = await world(t, { delayMs: 3 });
    const all = Array.from({ length: 200 }, (_, n) => `<${n}>`);
    for (const piece of all) client.write(piece);
    await until('<199>');
    assert.equal(echo(), `hello${all.join('')}`);
    client.end();
    await closed(client);
    assert.equal(accepted.length, 1);
    assert.equal(proxy.counts.resets, 0);
    assert.equal(proxy.counts.bytes, 2 * echo().length);
  });

  test('a reset is one at both ends', async (t) => {
    const { client, connection, accepted, errors, proxy } = await world(t);
    const ends = Promise.all([closed(client), ...accepted.map((socket) => closed(socket))]);
    connection.reset();
    await ends;
    assert.deepEqual(errors, ['ECONNRESET']);
    assert.equal(proxy.counts.resets, 1);
  });

  test('in a hole upward nothing arrives and nobody is told; the other way goes on', async (t) => {
    const { client, connection, accepted, until, echo, proxy } = await world(t);
    connection.blackHole('up');
    client.write('lost');
    accepted[0]?.write('still here');
    await until('still here');
    assert.equal(echo(), 'hellostill here');
    client.destroy();
    await closed(client);
    assert.equal(accepted[0]?.destroyed, false);
    assert.deepEqual([proxy.counts.halfOpen, proxy.counts.blackHolesUp, proxy.counts.droppedBytes], [1, 1, 4]);
  });

  test('a hole that ends is a reset for both', async (t) => {
    const { client, connection, errors } = await world(t);
    const end = closed(client);
    connection.blackHole('both', 50);
    client.write('lost');
    await end;
    assert.deepEqual(errors, ['ECONNRESET']);
  });

  test('a stall loses nothing, and a throttle lets through what it says', async (t) => {
    const { client, connection, until } = await world(t, { bytesPerSecond: 100_000 });
    connection.stall(100);
    const startedAt = performance.now();
    client.write('x'.repeat(20_000));
    client.write('end');
    await until('end');
    // 20 KB at 100 KB/s take 200 ms, however fast the machine.
    assert.ok(performance.now() - startedAt >= 190);
  });

  test('nobody behind it is a reset, and counted', async (t) => {
    const proxy = await FaultProxy.listen({ target: () => 1, seed: 1 });
    t.after(() => proxy.close());
    const client = connect(proxy.port, '127.0.0.1');
    client.on('error', () => undefined);
    await closed(client);
    assert.equal(proxy.counts.refused, 1);
  });

  test('faults are played until it is calm', async (t) => {
    const { proxy, client } = await world(t);
    proxy.play({ resetEveryMs: 5, blackHoleEveryMs: 100_000 });
    await closed(client);
    proxy.calm();
    assert.equal(proxy.counts.resets, 1);
    assert.equal(proxy.counts.blackHolesBoth, 0);
  });
});
