// The two transports over real sockets: with a real gateway, with a stock server's long polling, and with what is neither.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { WebSocketServer } from 'ws';
import type { WebSocket as ServerSocket } from 'ws';
import { CLOSE } from '../../../src/protocol/close-code.ts';
import { PROBE, PROBE_ANSWER } from '../../../src/protocol/codec.ts';
import { LIMITS } from '../../../src/protocol/limits.ts';
import { createClient } from '../../../src/sdk/app/client.ts';
import type { Conversation } from '../../../src/sdk/app/model.ts';
import { channelsUrl } from '../../../src/sdk/network/connection.ts';
import type { Connection } from '../../../src/sdk/network/connection.ts';
import { LongPollConnection } from '../../../src/sdk/network/long-poll-connection.ts';
import { WebSocketConnection } from '../../../src/sdk/network/websocket-connection.ts';
import { newGateway, PASSWORD } from '../../gateway/new-gateway.ts';
import { TestClient } from '../../gateway/test-client.ts';
import { until } from '../../support/until.ts';
import { serve } from './http-server.ts';

const FAST = { visitorPubs: { perSecond: 1e6, burst: 1e6 }, packets: { perSecond: 1e6, burst: 1e6 } };

const TRANSPORTS = {
  WebSocket: (url: string): Connection => new WebSocketConnection(channelsUrl(url)),
  'long polling': (url: string): Connection => new LongPollConnection(channelsUrl(url)),
};

/** A connection that has been opened, and what it said. */
const opened = (test: TestContext, connection: Connection): { connection: Connection; heard: string[] } => {
  const heard: string[] = [];
  connection.incoming$.subscribe((event) => {
    heard.push(event.type === 'text' ? event.text : event.type === 'open' ? 'open' : `close ${String(event.code)}`);
  });
  test.after(() => {
    connection.abandon();
  });
  connection.open();
  return { connection, heard };
};

const texts = (conversation: Conversation): unknown[] => {
  const list = conversation.messages$.value;
  return Array.from({ length: list.length }, (_, index) => list.at(index)?.content);
};

const sentCount = (conversation: Conversation): number => {
  const list = conversation.messages$.value;
  return Array.from({ length: list.length }, (_, index) => list.at(index)).filter((one) => one?.seqid !== undefined)
    .length;
};

for (const [name, connect] of Object.entries(TRANSPORTS))
  describe(`a connection by ${name}, with a gateway`, () => {
    it('carries a whole conversation, in order', async (test) => {
      const { url } = await newGateway(test, { limits: FAST });
      const agent = await TestClient.login(url, 'mei', PASSWORD);
      await agent.request('sub', { topic: 'me' });
      const client = createClient({ server: url, role: 'visitor' }, { connect: () => connect(url) });
      test.after(() => {
        client.destroy();
      });
      const conversation = client.current();
      client.connect();
      const said = Array.from({ length: 150 }, (_, n) => `visitor ${String(n + 1)}`);
      for (const text of said) conversation.send(text);
      await until('all is stored', () => sentCount(conversation) === said.length);
      const topic = conversation.info$.value.topic ?? '';
      await agent.attach(topic);
      await agent.say(topic, 'agent 1');
      await until('the answer is here', () => texts(conversation).length === said.length + 1);
      assert.deepEqual(texts(conversation), [...said, 'agent 1']);
      conversation.markRead();
      await agent.waitInfo({ topic, what: 'read', seq: said.length + 1 });
      // The visitor's going is seen at once.
      client.destroy();
      await agent.waitPres({ topic, what: 'off' });
      agent.terminate();
    });

    it('answers a probe', async (test) => {
      const { url } = await newGateway(test);
      const { connection, heard } = opened(test, connect(url));
      await until('it is open', () => heard.length > 0);
      connection.send(PROBE);
      await until('an answer', () => heard.length > 1);
      assert.deepEqual(heard, ['open', PROBE_ANSWER]);
    });

    it('hears that the gateway goes away, and is closed by it', async (test) => {
      const gateway = await newGateway(test);
      const { connection, heard } = opened(test, connect(gateway.url));
      await until('it is open', () => heard.length > 0);
      connection.send(JSON.stringify({ hi: { id: '1', ver: '0.25', kefu: { v: 1 } } }));
      await until('hi is answered', () => heard.length > 1);
      await gateway.close();
      await until('the end', () => heard.at(-1)?.startsWith('close') === true);
      assert.match(heard.at(-2) ?? '', /^\{"ctrl":.*"after":/);
      assert.equal(heard.length, 4);
    });

    it('closes when nobody is there', async (test) => {
      const gateway = await newGateway(test);
      await gateway.close();
      const { heard } = opened(test, connect(gateway.url));
      await until('the end', () => heard.length > 0);
      assert.deepEqual(heard, ['close 1006']);
    });

    it('closes when a page of the network comes instead', async (test) => {
      const url = await serve(test, (_request, _body, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end('<!doctype html><title>Log in to the Wi-Fi</title>');
      });
      const { heard } = opened(test, connect(url));
      await until('the end', () => heard.length > 0);
      assert.deepEqual(heard, ['close 1006']);
    });

    it('is silent once it is let go of, whatever it was at', async (test) => {
      const { url } = await newGateway(test);
      const { connection, heard } = opened(test, connect(url));
      connection.abandon();
      const second = opened(test, connect(url));
      await until('the second is open', () => second.heard.length > 0);
      second.connection.send(PROBE);
      second.connection.abandon();
      const third = opened(test, connect(url));
      await until('the third is open', () => third.heard.length > 0);
      third.connection.send(PROBE);
      await until('an answer', () => third.heard.length > 1);
      assert.deepEqual([heard, second.heard], [[], ['open']]);
    });
  });

describe('a connection by WebSocket', () => {
  it('says what it closes with: asleep, or dead when it is let go of', async (test) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    test.after(() => {
      server.close();
    });
    await once(server, 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`;
    for (const code of [CLOSE.asleep, CLOSE.dead]) {
      const connected = once(server, 'connection') as Promise<[ServerSocket]>;
      const { connection, heard } = opened(test, new WebSocketConnection(channelsUrl(url)));
      const [socket] = await connected;
      await until('it is open', () => heard.length > 0);
      const closed = once(socket, 'close') as Promise<[number]>;
      if (code === CLOSE.dead) connection.abandon();
      else connection.close(code);
      assert.equal((await closed)[0], code);
    }
  });
});

/** A long poll server by hand: the test sees each request, and answers the ones that it keeps. */
class ByHand {
  readonly posts: string[] = [];
  readonly urls: string[] = [];
  readonly headers: (string | undefined)[] = [];
  readonly polls: ServerResponse[] = [];
  readonly waitingPosts: ServerResponse[] = [];
  url = '';
  aborted = 0;
  private readonly kefu: boolean;

  private constructor(kefu: boolean) {
    this.kefu = kefu;
  }

  static async start(test: TestContext, kefu: boolean): Promise<ByHand> {
    const server = new ByHand(kefu);
    server.url = await serve(test, (request, body, response) => {
      server.answer(request, body, response);
    });
    return server;
  }

  private answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    const url = request.url ?? '';
    const sid = request.headers['x-kefu-sid'];
    this.urls.push(url);
    this.headers.push(typeof sid === 'string' ? sid : undefined);
    response.on('close', () => {
      if (!response.writableFinished) this.aborted += 1;
    });
    if (!url.includes('sid=') && sid === undefined) {
      const params = { sid: 'SECRET', ...(this.kefu ? { kefu: { v: 1 } } : {}) };
      response.writeHead(201).end(JSON.stringify({ ctrl: { params, code: 201, text: 'created', ts: '' } }));
    } else if (body === '') this.polls.push(response);
    else {
      this.posts.push(body);
      this.waitingPosts.push(response);
    }
  }

  /** Answers the poll that waits. */
  say(text: string, status = 200): void {
    this.polls.shift()?.writeHead(status).end(text);
  }

  take(): void {
    this.waitingPosts.shift()?.end();
  }
}

describe('a connection by long polling', () => {
  it('sends one request at a time, in order, and together what waited meanwhile', async (test) => {
    const server = await ByHand.start(test, true);
    const { connection, heard } = opened(test, new LongPollConnection(channelsUrl(server.url, 'KEY')));
    connection.send('before it is open');
    await until('it polls', () => server.polls.length === 1);
    connection.send('1');
    connection.send('{"a":1}');
    await until('a request', () => server.posts.length === 1);
    connection.send('{"a":2}');
    connection.send('{"a":3}');
    server.say('0\n{"b":1}');
    await until('it polls again', () => server.polls.length === 1);
    assert.deepEqual(server.posts, ['1\n{"a":1}']);
    server.take();
    await until('the next request', () => server.posts.length === 2);
    assert.equal(server.posts[1], '{"a":2}\n{"a":3}');
    server.take();
    assert.deepEqual(heard, ['open', '0', '{"b":1}']);
    assert.deepEqual(new Set(server.urls), new Set(['/v0/channels/lp?apikey=KEY']), 'the secret is in no address');
    assert.deepEqual(new Set(server.headers), new Set([undefined, 'SECRET']));
  });

  it('puts no more into a request than the gateway takes', async (test) => {
    const server = await ByHand.start(test, true);
    const { connection } = opened(test, new LongPollConnection(channelsUrl(server.url)));
    await until('it polls', () => server.polls.length === 1);
    const sent = Array.from({ length: 40 }, (_, n) => JSON.stringify({ n, text: '客'.repeat(3_000) }));
    for (const text of sent) connection.send(text);
    const lines: string[] = [];
    for (let n = 0; lines.length < sent.length; n += 1) {
      await until('a request', () => server.posts.length > n);
      const body = server.posts[n] ?? '';
      assert.ok(Buffer.byteLength(body) <= LIMITS.packetBytes);
      lines.push(...body.split('\n'));
      server.take();
    }
    assert.deepEqual(lines, sent);
    assert.ok(server.posts.length < sent.length / 2);
  });

  it('speaks to a stock server as that wants it: secret in the query, one packet a request', async (test) => {
    const server = await ByHand.start(test, false);
    const { connection, heard } = opened(test, new LongPollConnection(channelsUrl(server.url, 'KEY')));
    await until('it polls', () => server.polls.length === 1);
    for (const text of ['{"hi":{}}', '{"acc":{}}', '1']) connection.send(text);
    for (let n = 1; n <= 3; n += 1) {
      await until('a request', () => server.posts.length === n);
      server.take();
    }
    assert.deepEqual(server.posts, ['{"hi":{}}', '{"acc":{}}', '1']);
    server.say('{"ctrl":{}}');
    await until('it polls again', () => server.polls.length === 1);
    server.say('');
    await until('it polls after an empty answer', () => server.polls.length === 1);
    assert.deepEqual(heard, ['open', '{"ctrl":{}}']);
    assert.deepEqual(new Set(server.headers), new Set([undefined]));
    assert.deepEqual(
      new Set(server.urls),
      new Set(['/v0/channels/lp?apikey=KEY', '/v0/channels/lp?apikey=KEY&sid=SECRET']),
    );
  });

  for (const [what, code, end] of [
    ['nobody knows the session', 1001, (server: ByHand) => server.say('{"ctrl":{"code":403}}', 403)],
    ['the server fails', 1006, (server: ByHand) => server.say('', 502)],
    ['a page of the network comes instead', 1006, (server: ByHand) => server.say('<!doctype html>')],
    ['the request breaks off', 1006, (server: ByHand) => server.polls.shift()?.destroy()],
  ] as const)
    it(`closes with ${code} when ${what}, and asks no more`, async (test) => {
      const server = await ByHand.start(test, true);
      const { connection, heard } = opened(test, new LongPollConnection(channelsUrl(server.url)));
      await until('it polls', () => server.polls.length === 1);
      end(server);
      await until('the end', () => heard.length > 1);
      connection.send('nobody listens');
      const other = opened(test, new LongPollConnection(channelsUrl(server.url)));
      await until('another polls', () => other.heard.length > 0 && server.polls.length === 1);
      assert.deepEqual(heard, ['open', `close ${code}`]);
      assert.deepEqual(server.posts, []);
    });

  it('closes when what it sends is not taken', async (test) => {
    const server = await ByHand.start(test, true);
    const { connection, heard } = opened(test, new LongPollConnection(channelsUrl(server.url)));
    await until('it polls', () => server.polls.length === 1);
    connection.send('{"a":1}');
    await until('a request', () => server.posts.length === 1);
    server.waitingPosts.shift()?.writeHead(500).end();
    await until('the end', () => heard.length > 1);
    assert.deepEqual(heard, ['open', 'close 1006']);
  });

  it('breaks its requests off when it is closed or let go of: that is the good-bye', async (test) => {
    const server = await ByHand.start(test, true);
    for (const end of ['close', 'abandon'] as const) {
      const { connection, heard } = opened(test, new LongPollConnection(channelsUrl(server.url)));
      await until('it polls', () => server.polls.length === 1);
      const before = server.aborted;
      if (end === 'close') connection.close(CLOSE.asleep);
      else connection.abandon();
      await until('the server hears', () => server.aborted === before + 1);
      assert.deepEqual(heard, end === 'close' ? ['open', 'close 4001'] : ['open']);
      server.polls.length = 0;
    }
  });

  it('takes its time with a server that always answers at once that there is nothing', async (test) => {
    let polls = 0;
    const url = await serve(test, (request, _body, response) => {
      if (request.headers['x-kefu-sid'] === undefined)
        response.writeHead(201).end('{"ctrl":{"code":201,"params":{"sid":"S","kefu":{"v":1}}}}');
      else {
        polls += 1;
        response.end();
      }
    });
    const since = performance.now();
    opened(test, new LongPollConnection(channelsUrl(url)));
    await until('five polls', () => polls === 5);
    assert.ok(performance.now() - since > 4 * 200 - 10);
  });
});
