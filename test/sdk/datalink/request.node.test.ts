// A request and what can become of it.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import {
  BusyError,
  LinkLostError,
  RefusedError,
  RequestTimeoutError,
} from '../../../src/sdk/datalink/request-errors.ts';
import { Requests } from '../../../src/sdk/datalink/request.ts';
import { ManualClock } from '../../support/manual-clock.ts';

let clock: ManualClock;
let sent: { get: { id: string; topic: string } }[];
let requests: Requests;

const ask = (): ReturnType<Requests['request']> => requests.request('get', { topic: 'me', what: 'sub' });
const id = (index: number): string => sent[index]?.get.id ?? '';

beforeEach(() => {
  clock = new ManualClock();
  sent = [];
  requests = new Requests(
    (text) => sent.push(JSON.parse(text) as (typeof sent)[number]),
    clock,
    () => 0.5,
  );
});

describe('request', () => {
  it('is answered by the ctrl with its id', async () => {
    const [first, second] = [ask(), ask()];
    assert.notEqual(id(0), id(1));
    assert.equal(sent[0]?.get.topic, 'me');
    requests.answer({ code: 200, id: id(1), text: 'second' });
    requests.answer({ code: 204, id: id(0), text: 'first' });
    requests.answer({ code: 200 });
    requests.answer({ code: 200, id: 'nobody asked' });
    assert.equal((await first).text, 'first');
    assert.equal((await second).text, 'second');
    assert.equal(clock.waiting, 0);
  });

  it('is refused with the reason of the gateway, or else its text', async () => {
    const [first, second] = [ask(), ask()];
    requests.answer({ code: 422, id: id(0), params: { reason: 'word' }, text: 'policy' });
    requests.answer({ code: 404, id: id(1), text: 'not found' });
    await assert.rejects(
      first,
      (error) => error instanceof RefusedError && error.code === 422 && error.reason === 'word',
    );
    await assert.rejects(second, (error) => error instanceof RefusedError && error.reason === 'not found');
  });

  it('is told to come again', async () => {
    for (const [index, code] of [429, 503, 500, 409].entries()) {
      const asked = ask();
      requests.answer({ code, id: id(index), ...(code === 429 ? { params: { retryAfter: 700 } } : {}) });
      await assert.rejects(
        asked,
        (error) => error instanceof BusyError && error.retryAfterMs === (code === 429 ? 700 : undefined),
      );
    }
  });

  it('waits 15 seconds, and ignores an answer that comes later', async () => {
    const asked = ask();
    const outcome = assert.rejects(asked, RequestTimeoutError);
    await clock.advance(14_999);
    assert.equal(clock.waiting, 1);
    await clock.advance(1);
    await outcome;
    requests.answer({ code: 200, id: id(0) });
  });

  it('is lost with the link', async () => {
    const outcomes = [assert.rejects(ask(), LinkLostError), assert.rejects(ask(), LinkLostError)];
    requests.lost();
    await Promise.all(outcomes);
    assert.equal(clock.waiting, 0);
  });
});
