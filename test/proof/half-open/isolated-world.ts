// A gateway, an agent who is always reachable, and a visitor for each case at an address of their own, inside a network
// namespace. Runs the cases at the same time, and prints their outcomes as JSON.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Subject } from 'rxjs';
import { isNotice, textOf } from '../../../src/protocol/content.ts';
import { createClient } from '../../../src/sdk/app/client.ts';
import type { Client, Conversation } from '../../../src/sdk/app/model.ts';
import type { WakeSignal } from '../../../src/sdk/network/wake.ts';
import { FaultProxy } from '../wire/fault-proxy.ts';
import type { ProcessOptions } from '../wire/gateway.ts';
import { seededRandom } from '../wire/seeded-random.ts';
import { ServerProcess } from '../wire/server-process.ts';
import { DEADLINES } from './cases.ts';
import type { Case, Outcome } from './cases.ts';

const run = promisify(execFile);
/** How long anything may take that is not what is measured. */
const PATIENCE_MS = 120_000;

const { cases, seed } = JSON.parse(process.argv[2] ?? '') as { readonly cases: readonly Case[]; readonly seed: number };

/** Resolves with how long it took until it was so, in ms; Infinity if it never was. */
async function until(isSo: () => boolean, deadlineMs = PATIENCE_MS): Promise<number> {
  const startedAt = performance.now();
  while (!isSo()) {
    if (performance.now() - startedAt > deadlineMs) return Infinity;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - startedAt;
}
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What people have said. */
const textsOf = ({ messages$ }: Conversation): string[] => {
  const list = messages$.value;
  return Array.from({ length: list.length }, (_, index) => list.at(index)).flatMap((message) =>
    message && !isNotice(message) ? [textOf(message.content)] : [],
  );
};
const areSent = ({ messages$ }: Conversation): boolean => {
  const list = messages$.value;
  for (let index = 0; index < list.length; index += 1) if (list.at(index)?.seqid === undefined) return false;
  return true;
};
const isWell = ({ link$ }: Client): boolean => link$.value.state === 'online' && !link$.value.stale;

/** What goes to the address vanishes (up), or what comes from it (down), until it is let through again. */
const drop = (way: Case['way'], address: string, act: 'add' | 'delete'): Promise<unknown> =>
  Promise.all(
    (way === 'both' ? ['up', 'down'] : [way]).map((set) =>
      run('nft', [act, 'element', 'ip', 'kefu', set, `{ ${address} }`]),
    ),
  );

/** The agent's side of the visitor's conversation, once the agent has it. */
async function meet(conversation: Conversation, agent: Client, index: number): Promise<Conversation | undefined> {
  conversation.send(`hello ${index}`);
  let other: Conversation | undefined;
  await until(() => {
    other = agent.conversations$.value.find((candidate) => textsOf(candidate).includes(`hello ${index}`));
    return other?.info$.value.agent !== undefined;
  });
  return other;
}

async function play(one: Case, index: number, gateway: ServerProcess, agent: Client): Promise<Outcome> {
  const failures: string[] = [];
  const expect = (isSo: boolean, what: string): void => {
    if (!isSo) failures.push(what);
  };
  const address = `127.0.1.${index + 1}`;
  const proxy =
    one.idleCutMs === undefined
      ? undefined
      : await FaultProxy.listen({
          target: () => gateway.port,
          seed: index,
          faults: { idleCutMs: one.idleCutMs },
          host: '127.0.0.1',
        });
  const wake$ = new Subject<WakeSignal>();
  const server = proxy ? `http://127.0.0.1:${proxy.port}` : `http://${address}:${gateway.port}`;
  const client = createClient(
    { server, role: 'visitor', persist: 'none' },
    { wake$, random: one.random === 'seeded' ? seededRandom(seed, index) : () => 0.5 },
  );
  const conversation = client.current();
  client.connect();
  const other = await meet(conversation, agent, index);
  if (!other) return { name: one.name, failures: ['nobody met the visitor'] };
  other.send('welcome');
  await until(() => textsOf(conversation).includes('welcome') && areSent(conversation) && isWell(client));

  if (one.idleCutMs !== undefined && proxy) {
    // Nobody says anything for longer than the way lets a silent link live.
    const links = proxy.counts.connections;
    await wait(one.dropMs);
    expect(proxy.counts.idleCuts === 0, `cut ${proxy.counts.idleCuts} times`);
    expect(proxy.counts.connections === links, 'another link');
    expect(isWell(client), `the link is ${client.link$.value.state}`);
    client.destroy();
    await proxy.close();
    return { name: one.name, failures };
  }

  const outcome: { foundMs?: number; recoveredMs?: number } = {};
  await drop(one.way, address, 'add');
  let doubtedAt = performance.now();
  const doubt = client.link$.subscribe(({ state }) => {
    if (state !== 'online') outcome.foundMs ??= performance.now() - doubtedAt;
  });
  other.send('while you were away');
  if (one.writes) conversation.send('from the tunnel');
  if (one.wakeAfterMs !== undefined) {
    await wait(one.wakeAfterMs);
    delete outcome.foundMs;
    doubtedAt = performance.now();
    wake$.next('wake');
    if (client.link$.value.state !== 'online') outcome.foundMs = 0;
  }
  await wait(Math.max(0, one.dropMs - (one.wakeAfterMs ?? 0)));
  const { foundMs = Infinity } = outcome;
  if (one.wakeAfterMs !== undefined) expect(foundMs <= DEADLINES.foundAfterWakeMs, `found after ${foundMs} ms`);
  else if (one.dropMs >= DEADLINES.foundMs) expect(foundMs <= DEADLINES.foundMs, `found after ${foundMs} ms`);
  doubt.unsubscribe();

  // Who writes makes a link that waits try at once; one that is not yet doubted waits for its answer.
  const isFound = client.link$.value.state !== 'online';
  await drop(one.way, address, 'delete');
  if (one.back === 'network' || one.back === 'wake') wake$.next(one.back);
  else if (one.back === 'send') conversation.send('here again');
  outcome.recoveredMs = await until(
    () => isWell(client) && areSent(conversation) && textsOf(conversation).includes('while you were away'),
  );
  const isTold = one.back === 'network' || one.back === 'wake' || (one.back === 'send' && isFound);
  const deadlineMs = isTold ? DEADLINES.recoveredMs : DEADLINES.recoveredUntoldMs;
  expect(outcome.recoveredMs <= deadlineMs, `well again after ${outcome.recoveredMs} ms`);
  await until(() => areSent(conversation));
  const wanted = [`hello ${index}`, 'welcome', 'while you were away', ...(one.writes ? ['from the tunnel'] : [])];
  if (one.back === 'send') wanted.push('here again');
  const shown = textsOf(conversation);
  expect(shown.toSorted().join() === wanted.toSorted().join(), `shows ${shown.join(', ')}`);
  await until(() => textsOf(other).join() === shown.join(), 5_000);
  expect(textsOf(other).join() === shown.join(), `the agent is shown ${textsOf(other).join(', ')}`);
  client.destroy();
  return { name: one.name, ...outcome, isTold, failures };
}

/** Both sides write on a link so slow that it is always behind; where packets wait too long, it may be taken for dead. */
async function playSlow(one: Case, index: number, gateway: ServerProcess, agent: Client): Promise<Outcome> {
  const failures: string[] = [];
  let links = 0;
  const client = createClient(
    { server: `http://127.0.1.${index + 1}:${gateway.port}`, role: 'visitor', persist: 'none' },
    { random: () => 0.5 },
  );
  let before = client.link$.value.state;
  client.link$.subscribe(({ state }) => {
    if (state === 'online' && before !== 'online') links += 1;
    before = state;
  });
  const conversation = client.current();
  client.connect();
  const other = await meet(conversation, agent, index);
  const count = one.messages ?? 0;
  const text = (who: string, n: number): string => `${who} ${n} ${'x'.repeat(1_000)}`;
  for (let n = 0; n < count; n += 1) {
    conversation.send(text('visitor', n));
    other?.send(text('agent', n));
  }
  const all = 2 * count + 1;
  const isWhole = (talk: Conversation | undefined): boolean =>
    talk !== undefined && textsOf(talk).length === all && areSent(talk);
  const recoveredMs = await until(() => isWhole(conversation) && isWhole(other));
  if (recoveredMs === Infinity) failures.push(`${textsOf(conversation).length} of ${all} after ${PATIENCE_MS} ms`);
  else if (other && textsOf(conversation).join() !== textsOf(other).join())
    failures.push('the two are shown another order');
  client.destroy();
  return { name: one.name, recoveredMs, links, failures };
}

const dataDir = await mkdtemp(join(tmpdir(), 'kefu-half-open-'));
const gateway = new ServerProcess({
  script: fileURLToPath(new URL('../wire/gateway.ts', import.meta.url)),
  options: {
    dataDir,
    host: '0.0.0.0',
    agents: ['agent-0001'],
    limits: { handshakes: { perSecond: 1_000, burst: 1_000 }, accounts: { perSecond: 100, burst: 1_000 } },
  } satisfies ProcessOptions,
});
try {
  await gateway.start();
  const agent = createClient({ server: `http://127.0.0.1:${gateway.port}`, role: 'agent', persist: 'none' });
  await agent.login('agent-0001', 'agent-0001');
  const outcomes = await Promise.all(
    cases.map((one, index) => (one.messages === undefined ? play : playSlow)(one, index, gateway, agent)),
  );
  agent.destroy();
  process.stdout.write(`${JSON.stringify(outcomes)}\n`);
} finally {
  if (gateway.isRunning) await gateway.signal('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
}
process.exit(0);
