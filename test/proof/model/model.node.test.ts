// The pool and the order against a model of them: the part that fits into every test run; `npm run soak -- model` is the whole.
import { test } from 'node:test';
import { compare } from './model.ts';

test('P3 P5 P8: pool and order do what the model does, whatever comes in whatever order', () => {
  compare(300, 1);
});
