// A NATS server for the tests: the one in NATS_URL, or one of our own, from Debian's package if none is installed.
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFromDebian, programNamed } from './debian.mjs';
import { LocalServer, freePort } from './local-server.mjs';

const program = () => programNamed(['nats-server'], ['/usr/sbin', '/usr/local/sbin']);

const answers = (port) =>
  new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });

/** Resolves with a server of our own: its `url`, and what a test does to it. Undefined when none can be had. */
export async function startNats() {
  if (!program() && !((await installFromDebian('nats-server', 'NATS')) && program())) return undefined;
  const port = await freePort();
  const server = new LocalServer(program(), ['-a', '127.0.0.1', '-p', String(port)], {}, () => answers(port));
  await server.start();
  return {
    url: `nats://127.0.0.1:${port}`,
    end: (signal) => server.end(signal),
    start: () => server.start(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    stop: () => server.end('SIGTERM'),
  };
}

/** Resolves with the address of a NATS server; undefined when there is none to be had. */
export async function ensureNats() {
  const given = process.env.NATS_URL;
  return given ? { url: given, stop: async () => {} } : startNats();
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const server = await ensureNats();
  if (!server) process.exit(1);
  console.log(server.url);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.stop().then(() => process.exit(0)));
}
