#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
// The command line: starts the gateway, keeps the list of agents, and what else an operator does with the store.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { nameOf } from '../protocol/conversation.ts';
import { isConversation } from '../protocol/topic.ts';
import { addAgent, removeAgent, setAgentPassword } from './agents.ts';
import { newPassword } from './auth.ts';
import { backup } from './commands/backup.ts';
import { erase } from './commands/erase.ts';
import { exportData } from './commands/export.ts';
import { conversationsOf, findPerson } from './commands/person.ts';
import { verify } from './commands/verify.ts';
import type { Verified } from './commands/verify.ts';
import { systemClock, timestamp } from './clock.ts';
import { ConfigError, VARIABLES, configOf } from './config.ts';
import type { Config } from './config.ts';
import { addDemoAgents } from './demo-agents.ts';
import type { DemoLogin } from './demo-agents.ts';
import { openStorage } from './files/open-storage.ts';
import { createLog, errorText } from './log.ts';
import { letPass, moderateByFile } from './moderation.ts';
import { isLoopback } from './origin.ts';
import { systemRandom } from './random.ts';
import { createGateway } from './server.ts';
import type { RunningGateway } from './server.ts';
import { STORE_FILE } from './store/embedded-worker.ts';
import { openStore } from './store/open-store.ts';
import { EPOCH } from './store/store.ts';
import type { Store } from './store/store.ts';

const HELP = `kefu [serve] [--demo]           start the gateway; --demo: with a shop to try it on and two agents
kefu agent add <login> --name "Mei Lin"
                                make an agent; prints a password when none is given
kefu agent password <login>     set a password and end the agent's logins
kefu agent remove <login>       remove an agent; takes effect at once for new logins
kefu agent list
kefu verify                     look whether the store and the files are as they should be; 1: they are not
kefu backup <folder>            copy the data folder, while the gateway runs; into a new folder, which it looks at too
kefu restored                   say that the database is from a backup, before gateways start on it; a folder
                                that "kefu backup" has made says so itself
kefu find <text>                people who have the text in their name or e-mail address, with their conversations
kefu export <who> <folder>      what is known of a person: a user id, a login, a customer's id, or a conversation,
                                which is exported alone; data.jsonl and files in a new folder
kefu erase <who>                the same is removed; a conversation means its visitor

  --password-stdin              read the password from standard input (or set AGENT_PASSWORD)
  --port, --host, --data-dir    as the variables below
  --help

Environment:
${VARIABLES.map(([name, meaning]) => `  ${name.padEnd(18)}${meaning}`).join('\n')}`;

/** Those that need the store. */
const COMMANDS = new Set(['agent', 'verify', 'backup', 'restored', 'find', 'export', 'erase']);

/** People that are listed at most. */
const FOUND_MOST = 50;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Where the store is, without the password. */
function placeOf({ databaseUrl, dataDir }: Config): string {
  const url = databaseUrl === undefined ? undefined : URL.parse(databaseUrl);
  return url ? `PostgreSQL, ${url.host}${url.pathname}` : resolve(dataDir);
}

async function serve(config: Config, demo: boolean): Promise<void> {
  const log = createLog(config.logLevel, systemClock);
  const isPrivate = isLoopback(config.host);
  const { moderationWords } = config;
  const gateway = await createGateway({
    ...config,
    demo,
    log,
    moderate: moderationWords === undefined ? letPass : moderateByFile(moderationWords),
    onFailure: () => process.exit(1),
  });
  stopOnSignal(gateway);
  if (demo) sayDemo(gateway.url, config, await addDemoAgents(gateway.store, isPrivate, systemClock.now()));
  else say(`Kefu gateway on ${gateway.url} · data in ${placeOf(config)}`);
}

function stopOnSignal(gateway: RunningGateway): void {
  let isStopping = false;
  const stop = (): void => {
    // Somebody is impatient.
    if (isStopping) process.exit(1);
    isStopping = true;
    gateway.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${errorText(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function sayDemo(url: string, config: Config, logins: readonly DemoLogin[]): void {
  say('');
  say(`  Kefu is running.  Ctrl-C ends it.`);
  say('');
  say(`  Shop   ${url}/`);
  say(`  Desk   ${url}/desk`);
  for (const { login, password } of logins)
    say(`         ${login.padEnd(4)} ${password ?? '(password as shown at the first start)'}`);
  say(`  Data   ${placeOf(config)}`);
  say('');
}

interface AgentOptions {
  readonly name: string | undefined;
  readonly isPasswordOnStdin: boolean;
}

async function agent(store: Store, [act, login]: readonly string[], options: AgentOptions): Promise<void> {
  if (act === 'list') {
    const agents = await store.agents();
    for (const one of agents) {
      const name = one.user.public?.['fn'];
      say(`${one.login.padEnd(20)} ${typeof name === 'string' ? name : ''}`);
    }
    if (agents.length === 0) say('There are no agents. Make one: kefu agent add <login> --name "…"');
    return;
  }
  if (login === undefined) throw new ConfigError(HELP);
  const at = systemClock.now();
  if (act === 'remove') {
    await removeAgent(store, login, at);
    say(`${login} is no agent any more.`);
  } else if (act === 'add' || act === 'password') {
    const given = options.isPasswordOnStdin
      ? (await readAll(process.stdin)).replace(/\r?\n$/, '')
      : process.env['AGENT_PASSWORD'];
    const password = given ?? newPassword(systemRandom);
    if (act === 'add') await addAgent(store, { login, name: options.name ?? login, password, at });
    else await setAgentPassword(store, login, password);
    say(act === 'add' ? `${login} can log in at /desk.` : `${login} has a new password.`);
    if (given === undefined) say(`Password: ${password}`);
  } else throw new ConfigError(HELP);
}

/** A whole number of something, in words. */
const count = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;

function sayVerified({ conversations, messages, files, findings }: Verified): void {
  for (const finding of findings) say(finding);
  say(
    `${count(conversations, 'conversation')}, ${count(messages, 'message')}, ${count(files, 'file')}: ` +
      (findings.length === 0 ? 'all is well.' : `${count(findings.length, 'finding')}.`),
  );
  if (findings.length > 0) process.exitCode = 1;
}

async function find(store: Store, wanted: string): Promise<void> {
  const users = await store.findUsers({ text: wanted, limit: FOUND_MOST });
  for (const user of users) {
    const topics = (await conversationsOf(store, user)).map(({ topic }) => topic);
    const { id, kind, createdAt, identity } = user;
    const name = identity?.card.name ?? nameOf(user.public) ?? '';
    const customer = identity ? [`customer ${identity.subject}`] : [];
    say([id, kind, timestamp(createdAt).slice(0, 10), name, ...customer, ...topics].join('  '));
  }
  if (users.length === 0) say('There is nobody of that name.');
  if (users.length === FOUND_MOST) say('There may be more: say more of the name.');
}

/** What is done with a store as a whole; false: there is no such command. */
async function maintain(config: Config, store: Store, [command, ...rest]: readonly string[]): Promise<boolean> {
  const storage = openStorage(config, () => systemClock.now());
  const [target, to] = rest;
  if (command === 'verify' && rest.length === 0) sayVerified(await verify(store, storage));
  else if (command === 'backup' && target !== undefined && rest.length === 1) {
    if (config.databaseUrl !== undefined)
      throw new ConfigError('The store is in PostgreSQL, which has its own: pg_dump. See docs/operations.md.');
    const { dataDir } = config;
    sayVerified(await backup({ dataDir, store, storage: config.s3 ? undefined : storage, folder: target }));
    if (config.s3) say('The files are in the bucket, and not in the backup.');
  } else if (command === 'restored' && rest.length === 0) {
    await store.forgetSecret(EPOCH);
    say('Clients will compare what they have with the store. Start the gateways.');
  } else if (command === 'find' && target !== undefined && rest.length === 1) await find(store, target);
  else if (command === 'export' && target !== undefined && to !== undefined && rest.length === 2) {
    const of = isConversation(target) ? { topic: target } : { user: await findPerson(store, target) };
    if (of.topic !== undefined) await findPerson(store, of.topic);
    const { conversations, messages, files } = await exportData({ store, storage, ...of, folder: to });
    say(`${count(conversations, 'conversation')}, ${count(messages, 'message')}, ${count(files, 'file')} in ${to}`);
  } else if (command === 'erase' && target !== undefined && rest.length === 1) {
    const { id: user, kind } = await findPerson(store, target);
    const { dataDir } = config;
    const { conversations, files } = await erase({ store, storage, dataDir, user, at: systemClock.now() });
    say(`${user} (${kind}) is erased: ${count(conversations, 'conversation')}, ${count(files, 'file')}.`);
  } else return false;
  return true;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      demo: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      name: { type: 'string' },
      'password-stdin': { type: 'boolean', default: false },
      port: { type: 'string' },
      host: { type: 'string' },
      'data-dir': { type: 'string' },
    },
  });
  if (values.help) {
    say(HELP);
    return;
  }
  const config = configOf({
    // The demo's terminal is read by people.
    ...(values.demo && { LOG_LEVEL: 'warn' }),
    ...process.env,
    ...(values.port !== undefined && { PORT: values.port }),
    ...(values.host !== undefined && { HOST: values.host }),
    ...(values['data-dir'] !== undefined && { DATA_DIR: values['data-dir'] }),
  });
  const [command = 'serve', ...rest] = positionals;
  if (command === 'serve' && rest.length === 0) {
    await serve(config, values.demo);
    return;
  }
  if (!COMMANDS.has(command)) throw new ConfigError(HELP);
  // A wrong folder must not become an empty store that is well.
  if (command !== 'agent' && config.databaseUrl === undefined && !existsSync(join(config.dataDir, STORE_FILE)))
    throw new ConfigError(`There is no store in ${resolve(config.dataDir)}: set DATA_DIR or DATABASE_URL.`);
  const log = createLog('silent', systemClock);
  const { store } = await openStore({ ...config, exclusive: false, log });
  try {
    if (command === 'agent')
      await agent(store, rest, { name: values.name, isPasswordOnStdin: values['password-stdin'] });
    else if (!(await maintain(config, store, positionals))) throw new ConfigError(HELP);
  } finally {
    await store.close();
  }
}

/** The errors that people cause, in their words. */
function explain(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && 'port' in error) {
    const port = String(error.port);
    const other = process.env['METRICS_PORT'] === port ? 'METRICS_PORT=9101' : 'PORT=6061';
    if (error.code === 'EADDRINUSE') return `Port ${port} is in use. Try another: ${other}`;
    if (error.code === 'EACCES') return `Port ${port} is not ours to take. Try another: ${other}`;
  }
  return errorText(error);
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
