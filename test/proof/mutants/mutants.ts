// Mutants: bugs that the simulation must find. Each replaces one text of the sources, in a copy that is never shipped.
import type { Patch } from '../simulation/bundle.ts';

export interface Mutant extends Patch {
  readonly name: string;
}

const OWN = 'src/sdk/datalink/own-messages.ts';
const OUTBOX = 'src/sdk/datalink/outbox.ts';
const TOPIC = 'src/sdk/datalink/topic.ts';
const POOL = 'src/sdk/datalink/message-pool.ts';
const PUB = 'src/gateway/handlers/pub.ts';
const APPEND = 'src/gateway/store/embedded-append.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the gateway acks before the commit',
    file: PUB,
    find: `    appended = await append(caller, packet, message);`,
    replace: `    session.ctrl(packet.id, CTRL.accepted, { topic: topic.name, params: { seq: topic.conversation.seq + topic.pending } });
    appended = await append(caller, packet, message);`,
  },
  {
    name: 'the seqid of an answer comes from memory',
    file: PUB,
    find: `  answer(caller, packet, accepted(appended));`,
    replace: `  answer(caller, packet, accepted({ ...appended, seq: topic.conversation.seq }));`,
  },
  {
    name: 'the store keeps no msgid',
    file: APPEND,
    find: `run(INSERT, topic, seq, from, msgid ?? null, at,`,
    replace: `run(INSERT, topic, seq, from, null, at,`,
  },
  {
    name: 'the store forgets a msgid after two seconds',
    file: APPEND,
    find: `    const before = this.#conversation(topic);`,
    replace: `    run('update messages set msgid = null where topic = $1 and at < (select max(at) from messages) - 2000', topic);
    const before = this.#conversation(topic);`,
  },
  {
    name: 'the gateway lets others overtake what it has turned away',
    file: PUB,
    find: `  if (heldBack && isHeldBack(heldBack, turn.msgid, now)) {`,
    replace: `  if (heldBack && now < 0) {`,
  },
  {
    name: 'the gateway never pushes again',
    file: 'src/gateway/delivery.ts',
    find: `    this.#goTo(this.#acked);`,
    replace: ``,
  },
  {
    name: 'the receiver knows no message by its msgid',
    file: POOL,
    find: `this.#byKey.get(message.key) ?? (message.seqid`,
    replace: `(message.seqid`,
  },
  {
    name: 'the ack passes a gap',
    file: TOPIC,
    find: `      (contiguous) => {
        this.#acknowledger.progress(contiguous);`,
    replace: `      () => {
        this.#acknowledger.progress(this.pool.newest);`,
  },
  {
    name: 'what is held back is shown at once',
    file: 'src/sdk/datalink/in-seq-order.ts',
    find: `    if (seqid <= this.#contiguous) return [message];`,
    replace: `    if (seqid <= this.#contiguous || seqid % 2 === 0) return [message];`,
  },
  {
    name: 'the first answer without a message is believed',
    file: TOPIC,
    find: `(session.login$.value?.kefu ? ANSWERS_TO_BELIEVE : 1)`,
    replace: `1`,
  },
  {
    name: 'the device keeps a cursor beyond what it keeps',
    file: TOPIC,
    find: `      contiguous,
      clear`,
    replace: `      contiguous: this.#state.value.seq,
      clear`,
  },
  {
    name: 'a reload drops what was kept',
    file: TOPIC,
    find: `    this.own.restore(kept);`,
    replace: `    this.own.restore({ own: [] });`,
  },
  {
    name: 'sending again makes a new msgid',
    file: OWN,
    find: `noecho: true, head, content:`,
    replace: `noecho: true, head: { ...head, 'x-kefu-msgid': newMsgid(around.randomBytes) }, content:`,
  },
  {
    name: 'a timeout is a failure',
    file: OUTBOX,
    find: `    } else if (error instanceof RefusedError && error.code !== CTRL.unauthorized) {`,
    replace: `    } else if (!(error instanceof BusyError)) {`,
  },
  {
    name: 'the window is sent in another order',
    file: OUTBOX,
    find: `    for (const key of [...this.#queue]) {`,
    replace: `    for (const key of [...this.#queue].reverse()) {`,
  },
  {
    name: 'what was refused is not kept',
    file: OUTBOX,
    find: `    keep(settled).catch(() => pool.update(key, { volatile: true }));`,
    replace: ``,
  },
  {
    name: 'an edit that is older wins',
    file: POOL,
    find: `      .sort((a, b) => compareOrder(b, a, this.#newest))[0];`,
    replace: `      .sort((a, b) => compareOrder(a, b, this.#newest))[0];`,
  },
  {
    name: 'an edit on its way is taken for a row',
    file: POOL,
    find: `this.pending().filter(({ head }) => replaces(head) === undefined)`,
    replace: `this.pending()`,
  },
  {
    name: 'the device does not keep edits of what it keeps',
    file: 'src/sdk/datalink/topic-cache.ts',
    find: `version.seqid >= low && version.seqid <= contiguous) messages.push(version);`,
    replace: `version.seqid < low) messages.push(version);`,
  },
  {
    name: 'a page that was away does not ask what was taken back',
    file: TOPIC,
    find: `      if (clear > this.#clear) this.#applyDeletions(clear, isFirst);`,
    replace: ``,
  },
  {
    name: 'what was taken back leaves nothing',
    file: 'src/gateway/handlers/del.ts',
    find: `hard ? { ranges: hard, user: undefined, by: user.id }`,
    replace: `hard ? { ranges: hard, user: undefined, by: undefined }`,
  },
];
