import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReactiveController } from 'lit';
import { Observe } from '../../../src/ui/controllers/observe.ts';

class Source {
  readonly followers = new Set<(value: number) => void>();
  value: number;

  constructor(value: number) {
    this.value = value;
  }

  set(value: number): void {
    this.value = value;
    for (const next of this.followers) next(value);
  }

  subscribe(next: (value: number) => void): { unsubscribe(): void } {
    this.followers.add(next);
    next(this.value);
    return { unsubscribe: () => void this.followers.delete(next) };
  }
}

class Host {
  isConnected = false;
  updates = 0;
  readonly updateComplete = Promise.resolve(true);
  private readonly controllers: ReactiveController[] = [];

  addController(controller: ReactiveController): void {
    this.controllers.push(controller);
  }

  removeController(): void {
    assert.fail('not used');
  }

  requestUpdate(): void {
    this.updates += 1;
  }

  connect(): void {
    this.isConnected = true;
    for (const controller of this.controllers) controller.hostConnected?.();
  }

  disconnect(): void {
    this.isConnected = false;
    for (const controller of this.controllers) controller.hostDisconnected?.();
  }
}

describe('Observe', () => {
  it('updates the host with each value while it is connected', () => {
    const [host, source] = [new Host(), new Source(1)];
    const seen: number[] = [];
    const observe = new Observe(host, source, (value) => seen.push(value));
    assert.equal(source.followers.size, 0);
    assert.equal(observe.value, 1);
    host.connect();
    source.set(2);
    assert.equal(observe.value, 2);
    assert.deepEqual(seen, [1, 2]);
    assert.equal(host.updates, 2);
    host.disconnect();
    assert.equal(source.followers.size, 0);
    source.set(3);
    assert.equal(host.updates, 2);
    host.connect();
    assert.deepEqual(seen, [1, 2, 3]);
  });

  it('moves to another source, and away from any', () => {
    const [host, one, two] = [new Host(), new Source(1), new Source(2)];
    const observe = new Observe(host, one);
    host.connect();
    observe.source = two;
    assert.equal(one.followers.size, 0);
    assert.equal(observe.value, 2);
    const { updates } = host;
    observe.source = two;
    assert.equal(two.followers.size, 1);
    assert.equal(host.updates, updates);
    observe.source = undefined;
    assert.equal(two.followers.size, 0);
    assert.equal(observe.value, undefined);
  });
});
