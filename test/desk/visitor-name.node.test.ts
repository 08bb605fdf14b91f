// What nameless visitors are called.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { named, shortId } from '../../src/desk/visitor-name.ts';

const visitor = { id: 'usrKj3fQ', name: undefined, avatar: undefined, online: true };

describe('named', () => {
  it('keeps a name, and makes one that is always the same for the same user', () => {
    assert.equal(named({ ...visitor, name: 'Mirela' }, 'Visitor').name, 'Mirela');
    const name = named(visitor, 'Visitor').name;
    assert.match(name ?? '', /^Visitor [0-9A-F]{4}$/);
    assert.equal(named({ ...visitor, online: false }, 'Visitor').name, name);
  });
});

describe('shortId', () => {
  it('tells the visitors of an inbox apart', () => {
    const ids = Array.from({ length: 100 }, (_, i) => shortId(`usr${i.toString(36)}x`));
    assert.ok(ids.every((id) => /^[0-9A-F]{4}$/.test(id)));
    assert.ok(new Set(ids).size >= 99);
  });
});
