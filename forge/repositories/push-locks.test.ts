import { expect, test } from 'vitest';
import { createPushLocks } from './push-locks.ts';

const never = new AbortController().signal;

test('a lock that is lent is wanted as soon as somebody waits for it, and not before', async () => {
  const locks = createPushLocks();
  const { release, wanted } = await locks.lend('1', never);
  const other = await locks.take('2');
  expect(wanted.aborted).toBe(false);
  const push = locks.take('1');
  expect(wanted.aborted).toBe(true);
  release();
  (await push)();
  other();
  expect((await locks.lend('1', never)).wanted.aborted, 'nobody waits any more').toBe(false);
});

test('one that is lent while others wait already is wanted at once', async () => {
  const locks = createPushLocks();
  const first = await locks.take('1');
  const lending = locks.lend('1', never);
  const second = locks.take('1');
  first();
  const { release, wanted } = await lending;
  expect(wanted.aborted).toBe(true);
  release();
  (await second)();
});

test('a push that stops waiting wants nothing any more', async () => {
  const locks = createPushLocks();
  const first = await locks.take('1');
  const gone = new AbortController();
  const push = locks.take('1', gone.signal).catch(() => 'gone');
  gone.abort();
  expect(await push).toBe('gone');
  first();
  expect((await locks.lend('1', never)).wanted.aborted).toBe(false);
});

test('pushes receive side by side and beside a change of branches; whoever wants it alone waits for all of them', async () => {
  const locks = createPushLocks();
  const first = await locks.receive('1', never);
  const second = await locks.receive('1', never);
  const change = await locks.take('1');
  let isAlone = false;
  const alone = locks.takeAlone('1', never).then((release) => {
    isAlone = true;
    return release;
  });
  change();
  first();
  // One that receives gets the lock before it ends, whoever waits to have it alone.
  (await locks.take('1'))();
  expect(isAlone).toBe(false);
  second();
  const release = await alone;
  let isReceiving = false;
  const third = locks.receive('1', never).then((end) => {
    isReceiving = true;
    return end;
  });
  (await locks.receive('2', never))();
  expect(isReceiving).toBe(false);
  release();
  (await third)();
  (await locks.takeAlone('1', never))();
});

test('a push that waits to receive wants a lock that is lent, and can stop waiting', async () => {
  const locks = createPushLocks();
  const { release, wanted } = await locks.lend('1', never);
  const gone = new AbortController();
  const push = locks.receive('1', gone.signal).catch(() => 'gone');
  expect(wanted.aborted).toBe(true);
  gone.abort();
  expect(await push).toBe('gone');
  release();
  (await locks.takeAlone('1', never))();
});
