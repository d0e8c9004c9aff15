import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

const never = new AbortController().signal;

test('one caller cannot take every slot: another caller overtakes its waiters', async () => {
  const slots = createSlots({ total: 2, perCaller: 1, reserved: 0 });
  const order: string[] = [];
  const first = await slots.take('a', never);
  const second = slots.take('a', never).then((release) => {
    order.push('a again');
    return release;
  });
  const other = await slots.take('b', never);
  order.push('b');
  first();
  (await second)();
  other();
  expect(order).toEqual(['b', 'a again']);
});

test('an aborted wait leaves the queue and takes no slot', async () => {
  const slots = createSlots({ total: 1, perCaller: 1, reserved: 0 });
  const release = await slots.take('a', never);
  const impatient = new AbortController();
  const waiting = slots.take('b', impatient.signal);
  impatient.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  release();
  release();
  (await slots.take('c', never))();
});

test('callers that hold every slot do not keep another caller from its first one', async () => {
  const slots = createSlots({ total: 2, perCaller: 2, reserved: 1 });
  const releases = [await slots.take('a', never), await slots.take('a', never)];
  releases.push(await slots.take('b', never));
  expect(slots.tryTake('b'), 'no second one beyond the total').toBeNull();
  expect(slots.tryTake('c'), 'the reserve is bounded').toBeNull();
  for (const release of releases) release();
  expect(slots.tryTake('c')).not.toBeNull();
});

test('jobs of one caller run one after another, and a failed one does not block the next', async () => {
  const slots = createSlots({ perCaller: 1 });
  const order: string[] = [];
  const job = (name: string) => async () => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
    if (name === 'first') throw new Error('failed');
    return name;
  };
  const first = slots.run('a', job('first'));
  const second = slots.run('a', job('second'));
  const other = slots.run('b', job('other'));
  await expect(first).rejects.toThrow('failed');
  expect(await Promise.all([second, other])).toEqual(['second', 'other']);
  expect(order.indexOf('second begins')).toBeGreaterThan(order.indexOf('first ends'));
  expect(order.indexOf('other begins')).toBeLessThan(order.indexOf('first ends'));
});
