// kefu verify: looks whether everything that the store promises is so, also while gateways run on it.
import type { FileStorage } from '../files/file-storage.ts';
import type { Store, StoredFile } from '../store/store.ts';

/** Conversations, and files, that are looked at in one go. */
const CONVERSATIONS = 100;
const FILES = 500;

export interface Verified {
  readonly conversations: number;
  readonly messages: number;
  readonly files: number;
  /** For people. */
  readonly findings: readonly string[];
}

/** Without `storage` the files are not looked at. */
export async function verify(store: Store, storage: Pick<FileStorage, 'has'> | undefined): Promise<Verified> {
  const findings: string[] = [];
  let conversations = 0;
  let messages = 0;
  for (let after: string | undefined = ''; after !== undefined;) {
    const inspection = await store.inspect({ after, limit: CONVERSATIONS });
    conversations += inspection.conversations;
    messages += inspection.messages;
    findings.push(...inspection.findings);
    after = inspection.last;
  }
  let files = 0;
  for await (const { name } of filesOf(store)) {
    files += 1;
    if (!storage) continue;
    // A gateway may have removed it meanwhile, because no message refers to it.
    if (!(await storage.has(name)) && (await store.file(name))) findings.push(`file ${name} is not there`);
  }
  return { conversations, messages, files, findings };
}

/** All files that are known, or those of one user. */
export async function* filesOf(store: Store, user?: string): AsyncGenerator<StoredFile> {
  for (let after = ''; ;) {
    const page = await store.files({ after, user, limit: FILES });
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.name;
  }
}
