// A disk that fails: nothing is acked that is not stored, nothing is stored out of order, and it all goes on afterwards.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startGateway } from './gateway-process.ts';
import { newFolder } from './new-gateway.ts';
import { msgid, TestClient } from './test-client.ts';

// The system lets a running process be told how large its files may grow, which is as good as a full disk.
if (process.platform === 'linux')
  describe('a full disk', () => {
    test('turns messages away with 503, keeps their order, and takes them when there is room again', async (t) => {
      const dataDir = await newFolder();
      const { child, url, errors } = await startGateway(t, dataDir, { LOG_LEVEL: 'error' });
      const allow = (bytes: number | 'unlimited'): void => {
        execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:`]);
      };
      const visitor = await TestClient.visitor(url);
      const topic = await visitor.open();
      const acked = new Map<number, number>();
      let next = 1;
      let refused = 0;
      /** Sends these without waiting, then notes what the gateway said. */
      const send = async (numbers: readonly number[]): Promise<void> => {
        const ids = numbers.map((n) => {
          const head = { 'x-kefu-msgid': msgid(n) };
          // Where a large one has no room, a small one behind it would have.
          const ent =
            n % 4 === 3 ? [{ tp: 'x-kefu-card', data: { text: 'x'.repeat(16_000), more: 'x'.repeat(16_000) } }] : [];
          return visitor.send('pub', { topic, content: { txt: String(n), ent }, noecho: true, head });
        });
        for (const [index, id] of ids.entries()) {
          const { code, params } = await visitor.answer(id);
          if (code === 202) acked.set(numbers[index]!, Number(params?.['seq']));
          else {
            refused += 1;
            assert.ok(code === 503 || code === 429, String(code));
            assert.ok(Number(params?.['retryAfter']) >= 1_000);
          }
        }
      };
      await send([next++, next++]);
      allow((await stat(join(dataDir, 'kefu.db-wal'))).size + 30_000);
      for (let turn = 0; turn < 3; turn += 1) await send(Array.from({ length: 4 }, () => next++));
      assert.ok(refused > 0);
      const { size } = acked;
      allow(1);
      const ready = await fetch(`${url}/readyz`);
      assert.equal(ready.status, 503, await ready.text());
      const reading = visitor.send('get', { topic, what: 'data' });
      assert.equal((await visitor.answer(reading)).params?.['count'], size, 'what is there can be read');

      allow('unlimited');
      const missing = Array.from({ length: next - 1 }, (_, n) => n + 1).filter((n) => !acked.has(n));
      for (const n of missing) {
        for (let tries = 0; !acked.has(n) && tries < 20; tries += 1) {
          await send([n]);
          if (!acked.has(n)) await new Promise((resolve) => setTimeout(resolve, 250));
        }
      }
      const order = [...acked].sort(([a], [b]) => a - b).map(([, seq]) => seq);
      assert.deepEqual(
        order,
        order.map((_, n) => n + 1),
        'in the order of sending, each once',
      );
      assert.match(errors(), /"code":"append"/);
    });
  });
