// Agents: making and removing those who answer, by the operator alone.
import { hashPassword, isLoginName, loginName, newName } from './auth.ts';
import { ConfigError } from './config.ts';
import { systemRandom } from './random.ts';
import type { Store } from './store/store.ts';

/** NIST's least for a password that people choose. */
const PASSWORD_LEAST = 8;

function checkPassword(password: string): void {
  if (password.length < PASSWORD_LEAST) throw new ConfigError(`A password needs ${PASSWORD_LEAST} characters or more.`);
}

export interface NewAgent {
  readonly login: string;
  /** What visitors see. */
  readonly name: string;
  readonly password: string;
  readonly at: number;
}

/** Resolves with the agent's user id. Rejects with {@link ConfigError}. */
export async function addAgent(store: Store, { login, name, password, at }: NewAgent): Promise<string> {
  const normal = loginName(login);
  if (!isLoginName(normal))
    throw new ConfigError(`"${login}" can't be a login: letters, digits and . _ @ + - are fine.`);
  checkPassword(password);
  const id = newName('usr', systemRandom);
  const isMade = await store.createUser({
    id,
    kind: 'agent',
    public: { fn: name },
    createdAt: at,
    login: { name: normal, hash: await hashPassword(password, systemRandom) },
  });
  if (!isMade) throw new ConfigError(`There is somebody with the login "${normal}" already.`);
  return id;
}

/** Sets a password and ends all logins of the agent. */
export async function setAgentPassword(store: Store, login: string, password: string): Promise<void> {
  checkPassword(password);
  const isSet = await store.setPassword({ login: loginName(login), hash: await hashPassword(password, systemRandom) });
  if (!isSet) throw new ConfigError(`There is no agent with the login "${login}".`);
}

/** Removes the login; what the agent wrote stays, conversations that the agent has wait for another. */
export async function removeAgent(store: Store, login: string, at: number): Promise<void> {
  if (!(await store.removeAgent({ login: loginName(login), at })))
    throw new ConfigError(`There is no agent with the login "${login}".`);
}
