// kefu export: what is known of a person, or in a conversation, as lines of JSON and files beside them.
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileNamesIn } from '../../protocol/file-ref.ts';
import { jsonObject } from '../../protocol/shape.ts';
import { timestamp } from '../clock.ts';
import { ConfigError } from '../config.ts';
import type { FileStorage } from '../files/file-storage.ts';
import type { Conversation, Store, StoredMessage, User } from '../store/store.ts';
import { conversationsOf } from './person.ts';
import { filesOf } from './verify.ts';

/** Messages that are read in one go. */
const MESSAGES = 500;

export interface ExportOptions {
  readonly store: Store;
  readonly storage: FileStorage;
  /** What is known of this user: who they are, what they have opened and uploaded. */
  readonly user?: User | undefined;
  /** Or what is in this conversation. */
  readonly topic?: string | undefined;
  /** Made by this. */
  readonly folder: string;
}

/** Writes `data.jsonl` and `files/`. Resolves with how much there was; rejects with a message for people. */
export async function exportData({ store, storage, user, topic, folder }: ExportOptions): Promise<{
  readonly conversations: number;
  readonly messages: number;
  readonly files: number;
}> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw new ConfigError(`${folder} is not empty`);
  const files = new Set<string>();
  let messages = 0;
  const found = topic === undefined ? undefined : (await store.conversation(topic))?.conversation;
  const conversations = user ? await conversationsOf(store, user) : found ? [found] : [];
  const handle = await open(join(folder, 'data.jsonl'), 'wx', 0o600);
  const write = (line: { readonly [key: string]: unknown }): Promise<unknown> =>
    handle.appendFile(`${JSON.stringify(line)}\n`);
  try {
    if (user)
      await write({
        type: 'user',
        id: user.id,
        kind: user.kind,
        public: user.public,
        identity: user.identity && { id: user.identity.subject, ...user.identity.card },
        created: timestamp(user.createdAt),
      });
    for (const conversation of conversations) {
      await write(await conversationLine(store, conversation));
      for await (const message of messagesOf(store, conversation)) {
        const line = messageLine(conversation.topic, message);
        await write(line);
        for (const name of filesIn(line.content)) files.add(name);
        messages += 1;
      }
    }
    if (user) for await (const { name } of filesOf(store, user.id)) files.add(name);
    for (const name of files) {
      const about = (await store.file(name))?.file;
      const isThere = about && (await copy(storage, name, join(folder, 'files')));
      if (isThere !== true) {
        files.delete(name);
        continue;
      }
      const { user: by, mime, size, title, at } = about;
      await write({ type: 'file', file: `files/${name}`, from: by, title, mime, size, at: timestamp(at) });
    }
  } finally {
    await handle.close();
  }
  return { conversations: conversations.length, messages, files: files.size };
}

async function conversationLine(
  store: Store,
  { topic, visitor, channel, public: value, phase, createdAt }: Conversation,
): Promise<{ readonly [key: string]: unknown }> {
  const members = (await store.conversation(topic))?.members ?? [];
  return {
    type: 'conversation',
    topic,
    visitor,
    channel,
    public: value,
    phase,
    created: timestamp(createdAt),
    members: members.map(({ user, kind, public: card, recv, read }) => ({ user, kind, public: card, recv, read })),
  };
}

async function* messagesOf(store: Store, { topic, seq }: Conversation): AsyncGenerator<StoredMessage> {
  for (let low = 1; low <= seq; low += MESSAGES)
    for (const message of await store.messages({ topic, low, end: Math.min(low + MESSAGES, seq + 1) }))
      if (!message.deleted) yield message;
}

function messageLine(topic: string, { seq, from, at, head, content, note }: StoredMessage) {
  return {
    type: 'message',
    topic,
    seq,
    from,
    at: timestamp(at),
    ...(head !== undefined && { head: parsed(head) }),
    content: parsed(content),
    ...(note && { note }),
  };
}

/** What was checked before it was stored. */
const parsed = (text: string): unknown => JSON.parse(text);

/** Only an object can refer to files. */
const filesIn = (content: unknown): readonly string[] =>
  typeof content === 'object' && content !== null && !Array.isArray(content)
    ? fileNamesIn(jsonObject(content, 'content'))
    : [];

async function copy(storage: FileStorage, name: string, folder: string): Promise<boolean> {
  const bytes = await storage.read(name, undefined);
  if (!bytes) return false;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await pipeline(bytes, createWriteStream(join(folder, name), { mode: 0o600 }));
  return true;
}
