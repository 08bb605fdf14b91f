// New gateway: a real one, on a free port and a folder of its own, with two agents; gone when the test is.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { hashPassword, newName } from '../../src/gateway/auth.ts';
import { systemRandom } from '../../src/gateway/random.ts';
import { createGateway } from '../../src/gateway/server.ts';
import type { GatewayOptions, RunningGateway } from '../../src/gateway/server.ts';

export const PASSWORD = 'correct horse';
/** Made once: it is meant to be slow. */
const hash = hashPassword(PASSWORD, systemRandom);

const folders: string[] = [];
// Hooks after a test run in the order of their making: there the folder would go before the gateway that writes in it.
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed when the tests of the file are over. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kefu-test-'));
  folders.push(folder);
  return folder;
}

export async function newGateway(test: TestContext, options: Partial<GatewayOptions> = {}): Promise<RunningGateway> {
  const dataDir = options.dataDir ?? (await newFolder());
  // Lines would stand between the messages that tests count.
  const quiet = { port: 0, systemLines: false };
  const limits = { drainMs: 0, handOverMs: 0, ...options.limits };
  const gateway = await createGateway({ ...quiet, ...options, dataDir, limits });
  test.after(() => gateway.close());
  const known = await gateway.store.agents();
  for (const [login, name] of [
    ['mei', 'Mei Lin'],
    ['sam', 'Sam Rivers'],
  ] as const)
    if (!known.some((agent) => agent.login === login))
      await gateway.store.createUser({
        id: newName('usr', systemRandom),
        kind: 'agent',
        public: { fn: name },
        createdAt: Date.now(),
        login: { name: login, hash: await hash },
      });
  return gateway;
}
