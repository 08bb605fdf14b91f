// Store check: what is looked at in the file before a store is opened, so that a damaged one is not taken for a short one.
import { readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { topicHash } from '../log.ts';

/** Newest messages that are looked at. */
const TAIL = 1_000;
/** Larger files are not read as a whole: the gateway should be back within seconds. */
const READ_MOST_BYTES = 256 * 1024 * 1024;

// The format of the log: https://www.sqlite.org/fileformat2.html#walformat
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** With its last bit set, checksums are of big-endian words. */
const MAGIC = 0x377f0682;

/**
 * Looks at SQLite's write-ahead log before SQLite does, which silently drops everything from the first frame that is not
 * whole. That is right for a transaction that a crash has torn: it was not committed, so nobody was told that it was. But
 * each is on the disk before the next one begins: with a whole transaction behind it, what is not whole was, and has been
 * damaged since.
 *
 * @throws Error, with a message for people.
 */
export function checkLog(file: string): void {
  const log = readLog(file);
  if (log.every((byte) => byte === 0)) return;
  const damaged = (at: number): Error =>
    new Error(
      `the store is damaged: ${file} at byte ${at}. Messages that were acknowledged would be lost. ` +
        `Put a backup in its place, or move this file away to go on without them`,
    );
  if (log.length < HEADER_BYTES) return;
  const header = new DataView(log.buffer, log.byteOffset, HEADER_BYTES);
  const magic = header.getUint32(0);
  const isLittle = magic === MAGIC;
  let sum = checksum(log.subarray(0, 24), isLittle, [0, 0]);
  if ((magic & ~1) >>> 0 !== MAGIC || !isSum(header, 24, sum)) throw damaged(0);
  const pageBytes = header.getUint32(8);
  const salts = header.getBigUint64(16);

  let brokenAt: number | undefined;
  let commits = 0;
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    const frame = new DataView(log.buffer, log.byteOffset + at, FRAME_HEADER_BYTES);
    const isOurs = frame.getBigUint64(8) === salts;
    if (brokenAt === undefined) {
      sum = checksum(log.subarray(at, at + 8), isLittle, sum);
      sum = checksum(log.subarray(at + FRAME_HEADER_BYTES, at + frameBytes), isLittle, sum);
      if (isOurs && isSum(frame, 16, sum)) continue;
      brokenAt = at;
    }
    // Frames of an earlier round of the log have other salts.
    if (isOurs && frame.getUint32(4) > 0) commits += 1;
    if (commits > 1) throw damaged(brokenAt);
  }
}

function readLog(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
      return new Uint8Array();
    throw error;
  }
}

type Sum = readonly [number, number];

function checksum(bytes: Uint8Array, isLittle: boolean, [first, second]: Sum): Sum {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.byteLength; at += 8) {
    first = (first + words.getUint32(at, isLittle) + second) >>> 0;
    second = (second + words.getUint32(at + 4, isLittle) + first) >>> 0;
  }
  return [first, second];
}

const isSum = (view: DataView, at: number, [first, second]: Sum): boolean =>
  view.getUint32(at) === first && view.getUint32(at + 4) === second;

/**
 * Looks at the conversations of the newest messages: seqids without a gap up to the one that the conversation is said to
 * have, no msgid twice.
 *
 * @throws Error, with a message for people.
 */
export function checkTail(database: DatabaseSync): void {
  const damaged = (what: string): Error => new Error(`the store is damaged: ${what}. Put a backup in its place`);
  const size = database
    .prepare('select page_count * page_size as bytes from pragma_page_count, pragma_page_size')
    .get();
  if (Number(size?.['bytes']) <= READ_MOST_BYTES) {
    const found = database.prepare('pragma quick_check(1)').get()?.['quick_check'];
    if (found !== 'ok') throw damaged(String(found));
  }
  const newest = database.prepare(
    `select topic, conversations.seq from (select distinct topic from (select topic from messages where seqid > 0 order by rowid desc limit $1))
     left join conversations using (topic)`,
  );
  const tail = database.prepare(
    `select count(*) as count, max(seqid) as high, count(msgid) as msgids,
       count(distinct case when msgid is not null then sender || ' ' || msgid end) as identities
     from messages
     where topic = $1 and seqid > max(0, (select max(seqid) from messages where topic = $1) - $2)`,
  );
  for (const { topic, seq } of newest.all({ 1: TAIL })) {
    const name = `conversation ${topicHash(String(topic))}`;
    const { count, high, msgids, identities } = tail.get({ 1: String(topic), 2: TAIL }) ?? {};
    if (seq !== high) throw damaged(`${name} should end with message ${String(seq)}, and ends with ${String(high)}`);
    if (count !== Math.min(TAIL, Number(high))) throw damaged(`${name} has lost messages before ${String(high)}`);
    if (msgids !== identities) throw damaged(`${name} has a message twice`);
  }
}

/** Looks at every page of the file, every index and every reference. Returns what is wrong, for people. */
export function checkFile(database: DatabaseSync): string[] {
  const pages = database.prepare('pragma integrity_check(20)').all();
  const findings = pages.map((row) => String(row['integrity_check'])).filter((found) => found !== 'ok');
  const references = database.prepare('pragma foreign_key_check').all();
  for (const { table, parent } of references.slice(0, 20))
    findings.push(`a row of ${String(table)} refers to one of ${String(parent)} that is not there`);
  return findings.map((found) => `the file: ${found}`);
}
