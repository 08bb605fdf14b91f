// Demo agents: two who answer in the demo.
import { addAgent } from './agents.ts';
import { newPassword } from './auth.ts';
import { systemRandom } from './random.ts';
import type { Store } from './store/store.ts';

const AGENTS = [
  { login: 'mei', name: 'Mei Lin' },
  { login: 'sam', name: 'Sam Rivers' },
];

/** Known to everybody, so good only where nobody else can connect. */
const PASSWORD = 'kefu-demo';

export interface DemoLogin {
  readonly login: string;
  /** Undefined: made on an earlier start, and shown only then. */
  readonly password: string | undefined;
}

/** Makes the agents that are missing. `isPrivate`: the gateway listens on this machine alone. */
export async function addDemoAgents(store: Store, isPrivate: boolean, at: number): Promise<DemoLogin[]> {
  const known = await store.agents();
  const logins: DemoLogin[] = [];
  for (const agent of AGENTS) {
    const isKnown = known.some(({ login }) => login === agent.login);
    const password = isPrivate ? PASSWORD : isKnown ? undefined : newPassword(systemRandom);
    if (!isKnown && password !== undefined) await addAgent(store, { ...agent, password, at });
    logins.push({ login: agent.login, password });
  }
  return logins;
}
