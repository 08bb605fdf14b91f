// get: asks for a description, members or conversations, messages, deletions.
import type { Get, GetData, GetQuery } from '../../protocol/client-packet.ts';
import { replaces, textOf } from '../../protocol/content.ts';
import { CTRL } from '../../protocol/ctrl-code.ts';
import { FILE_PATH, fileNameOf, REFS_MOST } from '../../protocol/file-ref.ts';
import type { Find } from '../../protocol/find.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { SeqSet, endOf } from '../../protocol/seq.ts';
import { json, jsonObject } from '../../protocol/shape.ts';
import { ME } from '../../protocol/topic.ts';
import { modeOf } from '../access.ts';
import { timestamp } from '../clock.ts';
import { accessOf, descOf, entryOf, membersOf, otherOf } from '../description.ts';
import type { Caller } from '../gateway.ts';
import { dataFrame } from '../message-frame.ts';
import type { ConversationEntry, StoredMessage } from '../store/store.ts';
import type { Topic } from '../topic.ts';
import { isOneTooMany } from './change-limit.ts';

/** Seqids that are looked through at a time, so that others get a turn at the store, and how often for one answer. */
const FIND_WINDOW = 2_000;
const FIND_LOOKS = 25;
/** What is shown around a find, in UTF-16 code units. */
const SNIPPET_BEFORE = 40;
const SNIPPET_AFTER = 80;
/** Parts of what is asked for in one packet. */
const PARTS_MOST = 8;
/** Deletions in one answer. */
const DELETIONS_MOST = 1_024;

export async function get(caller: Caller, packet: Get): Promise<void> {
  const { gateway, session, user } = caller;
  const { id } = packet;
  let isAnswered: boolean;
  if (packet.topic === ME) isAnswered = await answerMe(caller, id, packet);
  else {
    const topic = session.attachments.get(packet.topic)?.topic ?? (await gateway.hub.topic(packet.topic));
    if (!topic || modeOf(topic.conversation, user) === undefined) {
      session.ctrl(id, CTRL.notFound, { topic: packet.topic });
      return;
    }
    isAnswered = await answerTopic(caller, topic, id, packet);
  }
  // Tinode's servers let it be; ours wait for the answer to every packet.
  if (!isAnswered && session.kefu) session.ctrl(id, CTRL.ok, { topic: packet.topic });
}

const partsOf = (query: GetQuery): string[] =>
  query.what
    .split(' ')
    .filter((part) => part !== '')
    .slice(0, PARTS_MOST);

/** Answers a query about the user's own topic. Resolves with whether a ctrl was part of the answer. */
export async function answerMe(caller: Caller, id: string | undefined, query: GetQuery): Promise<boolean> {
  const { gateway, session, user } = caller;
  const { hub, clock } = gateway;
  const ts = timestamp(clock.now());
  let isAnswered = false;
  for (const what of partsOf(query)) {
    if (what === 'desc') {
      const created = timestamp(user.createdAt);
      const desc = { created, updated: created, acs: accessOf('JPS'), ...(user.public && { public: user.public }) };
      session.send({ meta: { ...(id !== undefined && { id }), topic: ME, ts, desc } });
      continue;
    }
    const sub = what === 'sub' ? (await entriesOf(caller, query)).map((entry) => entryOf(entry, user, hub)) : [];
    if (sub.length > 0) session.send({ meta: { ...(id !== undefined && { id }), topic: ME, ts, sub } });
    else {
      session.ctrl(id, CTRL.noContent, { topic: ME, params: { what } });
      isAnswered = true;
    }
  }
  return isAnswered;
}

/** The user's conversations, for agents also those that wait; or the one that is asked for, if it may be seen. */
async function entriesOf({ gateway, user }: Caller, { sub }: GetQuery): Promise<readonly ConversationEntry[]> {
  const { hub, store } = gateway;
  if (sub?.topic !== undefined) {
    const topic = await hub.topic(sub.topic);
    if (!topic || modeOf(topic.conversation, user) === undefined) return [];
    const { conversation, members } = topic;
    return [{ conversation, identity: members.get(conversation.visitor)?.identity, mark: members.get(user.id) }];
  }
  const limit = Math.min(sub?.limit ?? LIMITS.subscriptionsPerAgent, LIMITS.subscriptionsPerAgent);
  const isAgent = user.kind === 'agent';
  const entries = await store.conversationsOf({ user: user.id, queued: isAgent, limit });
  const conversations = entries.map(({ conversation }) => conversation);
  await hub.presence.look(conversations.map((conversation) => otherOf(conversation, user)));
  if (isAgent) hub.listed(user.id, conversations);
  return entries;
}

/** Answers a query about a conversation that the caller may read. Resolves with whether a ctrl was part of the answer. */
export async function answerTopic(
  caller: Caller,
  topic: Topic,
  id: string | undefined,
  query: GetQuery,
): Promise<boolean> {
  const { gateway, session, user } = caller;
  const { hub, store, clock } = gateway;
  let isAnswered = false;
  const meta = (): { readonly id?: string; readonly topic: string; readonly ts: string } => ({
    ...(id !== undefined && { id }),
    topic: topic.name,
    ts: timestamp(clock.now()),
  });
  for (const what of partsOf(query)) {
    switch (what) {
      case 'desc': {
        const isDeleted = topic.conversation.clear > 0;
        const query = { topic: topic.name, user: user.id };
        const clear = isDeleted ? await store.newestDeletion(query) : 0;
        session.send({ meta: { ...meta(), desc: descOf(topic, user, clear, hub) } });
        break;
      }
      case 'sub':
        session.send({ meta: { ...meta(), sub: membersOf(topic, hub) } });
        break;
      case 'data':
        if (session.attachments.has(topic.name)) await sendHistory(caller, topic, id, query.data ?? {});
        else session.ctrl(id, CTRL.conflict, { topic: topic.name, text: 'must attach first' });
        isAnswered = true;
        break;
      case 'del': {
        const { clear, ranges } = await store.deletions({
          topic: topic.name,
          user: user.id,
          since: query.del?.since ?? 0,
          before: query.del?.before,
          limit: Math.min(query.del?.limit ?? DELETIONS_MOST, DELETIONS_MOST),
        });
        if (ranges.length > 0) session.send({ meta: { ...meta(), del: { clear, delseq: ranges } } });
        else {
          session.ctrl(id, CTRL.noContent, { topic: topic.name, params: { what } });
          isAnswered = true;
        }
        break;
      }
      case 'find':
        if (session.attachments.has(topic.name)) await sendFinds(caller, topic, id, query.find ?? { query: '' });
        else session.ctrl(id, CTRL.conflict, { topic: topic.name, text: 'must attach first' });
        isAnswered = true;
        break;
      case 'file':
        await sendLinks(caller, topic, id, query.file ?? {});
        isAnswered = true;
        break;
      default:
        session.ctrl(id, CTRL.noContent, { topic: topic.name, params: { what } });
        isAnswered = true;
    }
  }
  return isAnswered;
}

/** Where a text stands, the newest first: as many as were asked for, or as far as one answer looks. */
async function sendFinds(
  caller: Caller,
  topic: Topic,
  id: string | undefined,
  { query, before = Infinity, limit = LIMITS.findPage }: NonNullable<GetQuery['find']>,
): Promise<void> {
  const { gateway, session, user } = caller;
  const text = query.trim();
  if (text === '' || text.length > LIMITS.findText) {
    session.ctrl(id, CTRL.malformed, { topic: topic.name, text: 'get.find.query: too short or too long' });
    return;
  }
  if (isOneTooMany(caller, id, topic.name)) return;
  const viewer = { user: user.id, notes: user.kind === 'agent', tombstones: false };
  const most = Math.min(limit, LIMITS.findPage);
  const hits = new Map<number, Find>();
  let end = Math.min(before, topic.conversation.seq + 1);
  for (let looks = 0; end > 1 && hits.size < most && looks < FIND_LOOKS; looks += 1) {
    const low = Math.max(1, end - FIND_WINDOW);
    const left = most - hits.size;
    const found = await gateway.store.find({ topic: topic.name, viewer, query: text, low, end, limit: left });
    for (const message of found) {
      const hit = hitOf(message, text);
      if (hit && !hits.has(hit.seq)) hits.set(hit.seq, hit);
    }
    // A full answer covers only what it reaches down to.
    end = found.length < left ? low : (found.at(-1)?.seq ?? low);
  }
  const more = end > 1 && { before: end };
  session.ctrl(id, CTRL.ok, {
    topic: topic.name,
    params: { what: 'find', hits: [...hits.values()].map((hit) => ({ ...hit })), ...more },
  });
}

/** The store looks at the whole content; what counts is its text. A newer version is found in the place of the first. */
function hitOf({ seq, from, at, head, content }: StoredMessage, query: string): Find | undefined {
  const value: unknown = JSON.parse(content);
  const text = textOf(json(value, 'content'));
  const place = text.toLowerCase().indexOf(query.toLowerCase());
  if (place < 0) return undefined;
  const start = Math.max(0, place - SNIPPET_BEFORE);
  const end = place + query.length + SNIPPET_AFTER;
  const snippet = text.slice(start, end).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
  const first = head === undefined ? undefined : replaces(jsonObject(JSON.parse(head), 'head'));
  const around = `${start > 0 ? '…' : ''}${snippet}${end < text.length ? '…' : ''}`;
  return { seq: first ?? seq, from, ts: timestamp(at), text: around };
}

/** Links to those of the files that belong to the conversation. */
async function sendLinks(
  { gateway, session, user }: Caller,
  topic: Topic,
  id: string | undefined,
  { refs = [] }: NonNullable<GetQuery['file']>,
): Promise<void> {
  const names = refs.flatMap((ref) => fileNameOf(ref) ?? []).slice(0, REFS_MOST);
  const found = await gateway.store.filesIn({ topic: topic.name, names, notes: user.kind === 'agent' });
  const links = found.map((name) => ({ ref: FILE_PATH + name, ...gateway.fileLinks.link(name) }));
  const urls = Object.fromEntries(links.map(({ ref, url }) => [ref, url]));
  const expires = Math.min(...links.map(({ expiresAt }) => expiresAt));
  const forMs = links.length > 0 && { ms: expires - gateway.clock.now() };
  session.ctrl(id, CTRL.ok, { topic: topic.name, params: { what: 'file', urls, ...forMs } });
}

/** Half-open windows, ascending and disjoint; undefined: too many. */
function windowsOf(query: GetData): { readonly low: number; readonly end: number }[] | undefined {
  if (query.ranges === undefined) return [{ low: query.since ?? 1, end: query.before ?? Number.MAX_SAFE_INTEGER }];
  const wanted = new SeqSet();
  for (const range of query.ranges) wanted.add(range.low, endOf(range));
  const ranges = wanted.ranges();
  if (ranges.length > LIMITS.historyPageMost) return undefined;
  return ranges.map((range) => ({ low: range.low, end: endOf(range) }));
}

/** Messages, newest first; then what in their place will never come; then the end. */
async function sendHistory(
  { gateway, session, user }: Caller,
  topic: Topic,
  id: string | undefined,
  query: GetData,
): Promise<void> {
  const windows = windowsOf(query);
  if (!windows) {
    session.ctrl(id, CTRL.malformed, { topic: topic.name, text: 'get.data.ranges: too many' });
    return;
  }
  const { messages, hidden, clear } = await gateway.store.history({
    topic: topic.name,
    viewer: { user: user.id, notes: user.kind === 'agent', tombstones: session.kefu },
    windows,
    limit: Math.min(query.limit ?? LIMITS.historyPageMost, LIMITS.historyPageMost),
  });
  for (const message of messages) {
    session.write(dataFrame(topic.name, message));
    const room = session.peer.room();
    if (room) await room;
  }
  if (hidden.length > 0)
    session.send({
      meta: {
        ...(id !== undefined && { id }),
        topic: topic.name,
        ts: timestamp(gateway.clock.now()),
        del: { ...(clear > 0 && { clear }), delseq: hidden },
      },
    });
  if (messages.length === 0 && hidden.length === 0)
    session.ctrl(id, CTRL.noContent, { topic: topic.name, params: { what: 'data' } });
  else session.ctrl(id, CTRL.delivered, { topic: topic.name, params: { what: 'data', count: messages.length } });
}
