// What a JWT says of whom it is for, before anybody has checked it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { subjectOf } from '../../src/protocol/jwt.ts';

const tokenOf = (claims: string): string => `e30.${Buffer.from(claims).toString('base64url')}.c2ln`;

it('reads the same subject however its JSON was written: some servers escape what is not ASCII', () => {
  assert.equal(subjectOf(tokenOf('{"sub":"顾客/é😀"}')), '顾客/é😀');
  assert.equal(subjectOf(tokenOf(String.raw`{"sub":"\u987e\u5ba2\/\u00e9\ud83d\ude00"}`)), '顾客/é😀');
});

it('finds none in what is no token', () => {
  for (const token of [undefined, '', 'a.b', 'a.!.b', tokenOf('[]'), tokenOf('null'), tokenOf('{"sub":7}')])
    assert.equal(subjectOf(token), undefined);
});
