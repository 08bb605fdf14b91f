// A gateway in a process of its own, for runs that kill it: as an operator would run it, but for the limits, which one
// machine that plays a crowd would hit. Takes its options as JSON in the first argument; prints its port.
import { addAgent } from '../../../src/gateway/agents.ts';
import { createLog } from '../../../src/gateway/log.ts';
import type { LogLevel } from '../../../src/gateway/log.ts';
import { systemClock } from '../../../src/gateway/clock.ts';
import { createGateway } from '../../../src/gateway/server.ts';
import type { GatewayOptions } from '../../../src/gateway/server.ts';

export interface ProcessOptions extends Pick<
  GatewayOptions,
  'dataDir' | 'host' | 'limits' | 'agentCapacity' | 'allowedOrigins' | 'databaseUrl' | 'natsUrl' | 'systemLines'
> {
  /** Agents that are made if they are missing; the password is the login. */
  readonly agents?: readonly string[];
  /** Default: errors alone. */
  readonly logLevel?: LogLevel;
}

const options = JSON.parse(process.argv[2] ?? '{}') as ProcessOptions;
const gateway = await createGateway({
  agentCapacity: 10_000,
  ...options,
  port: 0,
  log: createLog(options.logLevel ?? 'error', systemClock),
  onFailure: () => process.exit(1),
});
const known = new Set((await gateway.store.agents()).map(({ login }) => login));
for (const login of options.agents ?? [])
  if (!known.has(login)) await addAgent(gateway.store, { login, name: login, password: login, at: Date.now() });
process.on('SIGTERM', () => {
  void gateway.close().then(() => process.exit(0));
});
process.stdout.write(`port ${gateway.port}\n`);
