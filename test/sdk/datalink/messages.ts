// Messages for tests of the datalink.
import { messageOfData } from '../../../src/sdk/datalink/message.ts';
import type { Message } from '../../../src/sdk/datalink/message.ts';

/** Somebody's stored message. */
export const numbered = (seqid: number, from = 'usrSomebody001'): Message =>
  messageOfData({ topic: 'grpConversation001', from, seq: seqid, content: `message ${String(seqid)}` }, 'usrMe', 0);

export const msgid = (n: number): string => n.toString(16).padStart(32, '0');
