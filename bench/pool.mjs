// What one insertion into the pool costs as the pool grows: at the end, at a random place, and when a ctrl gives a message its seqid.
import { MessagePool } from '../src/sdk/datalink/message-pool.ts';
import { draftMessage, messageOfData } from '../src/sdk/datalink/message.ts';
import { median } from './median.mjs';

/** The pool may cost this many times as much at the largest size as at the smallest. */
const worstRatio = 3;
const batch = 200;
const rounds = 31;

/** The same numbers in every run. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const hex = (n) => n.toString(16).padStart(32, '0');

const stored = (seq, ts) =>
  messageOfData(
    {
      topic: 'grpBench',
      from: seq % 2 ? 'usrVisitor' : 'usrAgent',
      seq,
      ts,
      head: { 'x-msgid': hex(seq) },
      content: 'Hello',
    },
    'usrVisitor',
    0,
  );

/** Microseconds for one of `messages`, each put in by `insert`. */
function timed(messages, insert) {
  const before = process.hrtime.bigint();
  for (const message of messages) insert(message);
  return Number(process.hrtime.bigint() - before) / 1_000 / messages.length;
}

/** A pool of `size` messages with even seqids: the odd ones are free places in between. */
function poolOf(size) {
  const pool = new MessagePool();
  const ts = new Date(0).toISOString();
  for (let i = 1; i <= size; i += 1) pool.upsert(stored(2 * i, ts));
  return pool;
}

function measure(size) {
  const random = generator(size);
  const pool = poolOf(size);
  const ts = new Date(0).toISOString();
  const take = (messages) => {
    for (const { key } of messages) pool.remove(key);
  };
  const costs = { end: [], random: [], ctrl: [] };
  let seqid = 2 * size;
  let n = 0;
  for (let round = 0; round < rounds; round += 1) {
    const last = Array.from({ length: batch }, () => stored((seqid += 1), ts));
    costs.end.push(timed(last, (message) => pool.upsert(message)));
    take(last);

    const places = new Set();
    while (places.size < batch) places.add(1 + 2 * Math.floor(random() * size));
    const between = [...places].map((place) => stored(place, ts));
    costs.random.push(timed(between, (message) => pool.upsert(message)));
    take(between);

    const drafts = Array.from({ length: batch }, () => draftMessage(hex(2 ** 40 + (n += 1)), n, 0, 'Hello', {}));
    for (const draft of drafts) pool.upsert(draft);
    const answered = drafts.map((draft) => ({ ...draft, seqid: (seqid += 1), base: seqid, n: 0, state: 'sent' }));
    costs.ctrl.push(timed(answered, (message) => pool.upsert(message)));
    take(answered);
  }
  return { end: median(costs.end), random: median(costs.random), ctrl: median(costs.ctrl) };
}

export function benchPool({ sizes, progress }) {
  progress('warming up');
  measure(sizes[0]);
  const results = sizes.map((size) => {
    progress(`${size.toLocaleString('en')} messages`);
    return { size, ...measure(size) };
  });
  const [floor] = results;
  const cell = (result, kind) => `${result[kind].toFixed(2)} µs (${(result[kind] / floor[kind]).toFixed(1)} ×)`;
  const worst = Math.max(
    ...results.flatMap((result) => ['end', 'random', 'ctrl'].map((kind) => result[kind] / floor[kind])),
  );
  return {
    title: `Pool: one insertion (median of ${rounds} rounds of ${batch})`,
    rows: results.map((result) => ({
      messages: result.size.toLocaleString('en'),
      'at the end': cell(result, 'end'),
      'at a random place': cell(result, 'random'),
      'ctrl gives the seqid': cell(result, 'ctrl'),
    })),
    verdicts: [
      {
        ok: worst <= worstRatio,
        text: `at worst ${worst.toFixed(1)} × the cost at ${floor.size.toLocaleString('en')}, budget ${worstRatio} ×`,
      },
    ],
  };
}
