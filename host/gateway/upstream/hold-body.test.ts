import { expect, test } from 'vitest';
import { holdBody } from './hold-body.ts';

const given = async (held: AsyncGenerator<Buffer>) => String((await held.next()).value);

test.each(['{"model":"a"}', '{"model":"a"}\n', '{"model":"a"} {}', 'no JSON'])(
  'of %j one byte is given before the release, and the rest after it',
  async (text) => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const held = holdBody(Buffer.from(text), released);
    expect(await given(held)).toBe(text.charAt(0));
    const rest = given(held);
    let isGiven = false;
    void rest.then(() => (isGiven = true));
    await new Promise(setImmediate);
    expect(isGiven).toBe(false);
    release();
    expect(await rest).toBe(text.slice(1));
    expect(await held.next()).toMatchObject({ done: true });
  },
);

test.each(['', '7'])(
  'of %j, which is no longer than what may be given, nothing is given before the release',
  async (text) => {
    const held = holdBody(Buffer.from(text), Promise.reject(new Error('not stored')));
    await expect(held.next()).rejects.toThrow('not stored');
  },
);
