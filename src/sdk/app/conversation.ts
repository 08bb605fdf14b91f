// A conversation as a screen sees it: a topic of the datalink, with users for ids and one list for its messages.
import { BehaviorSubject } from 'rxjs';
import type { Subscription } from 'rxjs';
import { isNotice } from '../../protocol/content.ts';
import { STATUS_KEY } from '../../protocol/conversation.ts';
import { DRAFTY_MIME } from '../../protocol/drafty.ts';
import { asObject } from '../../protocol/json.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { mediaContent, mediaTypeOf } from '../../protocol/media.ts';
import { timeOf } from '../datalink/message.ts';
import type { Session } from '../datalink/session.ts';
import type { Topic } from '../datalink/topic.ts';
import type { Conversation, ConversationInfo, Message, MessageList, User } from './model.ts';

/** Unread messages are counted up to here; more are "many". */
const UNREAD_MOST = 999;

/** So many lines of what has happened may stand after the newest message that somebody wrote. */
const NOTICES_MOST = 50;

/** Key of the page that a conversation was begun on, in its public description. */
export const PAGE_KEY = 'x-kefu-page';

const pageOf = (card: JsonObject | undefined): ConversationInfo['page'] => {
  const page = asObject(card?.[PAGE_KEY]);
  const title = page?.['title'];
  const url = page?.['url'];
  return typeof title === 'string' && typeof url === 'string' ? { title, url } : undefined;
};

/** A snapshot that reads from the pool: cheap to make, right while rendering. */
const listOf = (topic: Topic, version: number): MessageList => {
  const { hasOlder, loadingOlder, myRead, seq } = topic.state$.value;
  const { recv, read } = topic.members.receipts.ofOthers(topic.me);
  return {
    version,
    length: topic.pool.length,
    at: (index) => topic.pool.at(index),
    isMissingBefore: (index) => {
      const message = topic.pool.at(index);
      const before = topic.pool.at(index - 1);
      // What has no seqid stands behind its base, and may stand in a hole.
      return message && before ? topic.isMissing(before.base + 1, message.seqid ?? message.base + 1) : false;
    },
    indexOf: (key) => topic.pool.indexOf(key),
    indexOfSeqid: (seqid) => topic.pool.indexOf(topic.pool.bySeqid(seqid)?.key ?? ''),
    hasOlder,
    loadingOlder,
    recv,
    read,
    myRead,
    newestSeq: seq,
    stateOf: ({ own, seqid, state }) =>
      !own || seqid === undefined || state !== 'sent'
        ? state
        : seqid <= read
          ? 'read'
          : seqid <= recv
            ? 'delivered'
            : state,
  };
};

export const createConversation = (id: string, topic: Topic, session: Session): Conversation & { end(): void } => {
  const user = (userId: string): User | undefined => topic.members.get(userId);
  const anybody = (userId: string): User =>
    user(userId) ?? { id: userId, name: undefined, avatar: undefined, online: false };

  const unread = (): number => {
    const { seq, myRead } = topic.state$.value;
    if (topic.pool.length === 0) return Math.max(0, seq - myRead);
    let count = 0;
    for (let index = topic.pool.length - 1; index >= 0 && count < UNREAD_MOST; index -= 1) {
      const message = topic.pool.at(index);
      if (message?.seqid === undefined) continue;
      if (message.seqid <= myRead) break;
      if (!message.own && !isNotice(message)) count += 1;
    }
    return count;
  };

  const newest = (): Message | undefined => {
    const { pool } = topic;
    for (let index = pool.length - 1; index >= Math.max(0, pool.length - NOTICES_MOST); index -= 1) {
      const message = pool.at(index);
      if (message && !isNotice(message)) return message;
    }
    return undefined;
  };

  const info = (): ConversationInfo => {
    const { status, touched, online, public: card } = topic.state$.value;
    const visitor = status && anybody(status.visitor);
    return {
      topic: topic.isNamed ? topic.name : undefined,
      phase: status?.phase ?? 'new',
      channel: status?.channel,
      visitor: visitor && {
        ...visitor,
        online: visitor.online || (online && session.login$.value?.user !== visitor.id),
      },
      identity: status?.identity,
      agent: status?.agent === undefined ? undefined : anybody(status.agent),
      waitingSince: status?.waitingSince === undefined ? undefined : timeOf(status.waitingSince, 0),
      touched,
      page: pageOf(card),
      newest: newest(),
      unread: unread(),
    };
  };

  let version = 0;
  const messages$ = new BehaviorSubject(listOf(topic, version));
  const info$ = new BehaviorSubject(info());
  const refresh = (): void => {
    messages$.next(listOf(topic, (version += 1)));
    info$.next(info());
  };
  const watching: Subscription = topic.pool.changes$.subscribe(refresh);
  watching.add(topic.state$.subscribe(refresh));

  const typing$ = new BehaviorSubject<readonly User[]>([]);
  watching.add(
    topic.members.typing$.subscribe((ids) => {
      typing$.next(ids.map(anybody));
    }),
  );

  const setPhase = async (phase: 'assigned' | 'resolved'): Promise<void> => {
    await session.requests.request('set', { topic: topic.name, desc: { trusted: { [STATUS_KEY]: { phase } } } });
  };

  return {
    id,
    messages$,
    info$,
    typing$,
    user,
    open: () => {
      topic.open();
    },
    send: (content, head = {}) =>
      topic.send(content, typeof content === 'string' ? head : { mime: DRAFTY_MIME, ...head }),
    sendFile: (file, about) => {
      const { type: mime, size } = file;
      const content = mediaContent(mediaTypeOf(mime), { mime, size, ...about });
      return topic.sendFile(file, content, { mime: DRAFTY_MIME });
    },
    resolve$: topic.links.resolve$,
    retry: (key) => {
      topic.own.retry(key);
    },
    discard: (key) => {
      topic.own.discard(key);
    },
    recall: (key) => topic.recall(key),
    find: (query, before) => topic.find(query, before),
    loadOlder: (before) => topic.loadOlder(before),
    markRead: () => {
      topic.markRead();
    },
    typing: () => {
      topic.typing();
    },
    resolve: () => setPhase('resolved'),
    take: () => setPhase('assigned'),
    end: () => {
      watching.unsubscribe();
      messages$.complete();
      info$.complete();
      typing$.complete();
    },
  };
};

/** Own messages whose state grew from one list to the next, by what the receipts say. */
export const receiptNews = (before: MessageList, after: MessageList): Message[] => {
  const news: Message[] = [];
  if (before.recv === after.recv && before.read === after.read) return news;
  const from = Math.min(before.recv, before.read);
  for (let index = after.length - 1; index >= 0; index -= 1) {
    const message = after.at(index);
    if (message?.seqid === undefined) continue;
    if (message.seqid <= from) break;
    if (message.own && before.stateOf(message) !== after.stateOf(message)) news.push(message);
  }
  return news.reverse();
};
