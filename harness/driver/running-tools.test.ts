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

test('the time of tools counts once, however many run side by side', () => {
  let now = 0;
  const tools = createRunningTools(() => now);
  tools.begin({ id: 'a', name: 'Bash', message: 'm1' });
  now = 10;
  tools.begin({ id: 'b', name: 'Bash', message: 'm1' });
  now = 30;
  tools.end('a');
  now = 40;
  expect(tools.busyMs()).toBe(40);
  tools.end('b');
  now = 100;
  expect(tools.busyMs()).toBe(40);
  tools.begin({ id: 'c', name: 'Read', message: 'm2' });
  now = 105;
  tools.clear();
  expect(tools.busyMs()).toBe(45);
});
