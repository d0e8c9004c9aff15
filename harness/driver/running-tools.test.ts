import { expect, test } from 'vitest';
import { createRunningTools } from './running-tools.ts';

test('the oldest call counts until its result, or until the model answers again', () => {
  let now = 1;
  const tools = createRunningTools(() => now);
  tools.begin({ id: 'a', name: 'Bash', message: 'm1' });
  now = 2;
  tools.answeredIn('m1');
  tools.begin({ id: 'b', name: 'Read', message: 'm1' });
  expect(tools.oldest()).toMatchObject({ name: 'Bash', since: 1 });
  tools.end('a');
  expect(tools.oldest()).toMatchObject({ name: 'Read', since: 2 });
  tools.answeredIn(null);
  expect(tools.oldest()).toMatchObject({ name: 'Read' });
  // Its result was too long to read.
  tools.answeredIn('m2');
  expect(tools.oldest()).toBeNull();
});
