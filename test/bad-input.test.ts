import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ErrorCode, errorRow, type HiveError } from '../protocol/errors.ts';
import { agentSocket, ask, openQuietHive, readWhole } from './support/bad-input.ts';
import type { TestHive } from './support/test-hive.ts';

/**
 * "Bad input gets one clear error and changes nothing", on a whole hive: typing errors of an operator. Requests of
 * broken or hostile programs: bad-requests.test.ts; refused starts: bad-starts.test.ts; missing parts of a machine:
 * poor-machine.test.ts.
 */
let hive: TestHive;
beforeAll(async () => {
  hive = await openQuietHive();
});
afterAll(() => hive.close());
const whole = () => readWhole(hive);

type Typed = string[] | { args: string[]; stdin: string | Buffer };

/** hivectl fails with the code's exit code and one message that says what to do; nothing changed. */
async function refused(typed: Typed, code: ErrorCode, words: RegExp): Promise<void> {
  const before = await whole();
  const { args, stdin } = Array.isArray(typed) ? { args: typed, stdin: undefined } : typed;
  const said = await hive.hivectl([...args, '--json'], stdin);
  expect(said.stdout).toBe('');
  const { error } = JSON.parse(said.stderr) as { error: { code: string; message: string } };
  expect([error.code, said.code]).toEqual([code, errorRow(code).exit]);
  expect(error.message).toMatch(words);
  expect(await whole()).toEqual(before);
}

describe('names', () => {
  const MALFORMED = ['Scout', '1st', 'a_b', '-x', 'ab-', 'a'.repeat(33), '../etc', 'sc out', 'scöut', ''];
  const RESERVED = ['operator', 'system', 'shared', 'hive', 'all', 'children', 'parent', 'new'];

  test.each([...MALFORMED, ...RESERVED])('an agent cannot be called "%s"', async (name) => {
    const before = await whole();
    const error = await hive.admin.call('createAgent', { name }).catch((thrown: unknown) => thrown as HiveError);
    expect(error).toMatchObject({ code: 'invalid_input', status: 400 });
    expect((error as HiveError).message).toMatch(/name/);
    expect(await whole()).toEqual(before);
  });

  test('hivectl says what is wrong with a name, and suggests the nearest one', async () => {
    await refused(['create', 'Scout'], 'invalid_name', /lower-case/);
    await refused(['create', 'operator'], 'invalid_name', /reserved/);
    await refused(['create', 'scout'], 'duplicate_agent', /already/);
    await refused(['create', 'helper', '--parent', 'nobody'], 'unknown_agent', /"nobody"/);
    await refused(['stop', 'scuot'], 'unknown_agent', /Did you mean "scout"/);
    await refused(['rebuild', 'scuot'], 'unknown_agent', /Did you mean "scout"/);
    await refused(['destroy', 'scuot', '--yes'], 'unknown_agent', /Did you mean "scout"/);
    await refused(['destroy', 'scout', '--purge', 'scuot', '--yes'], 'name_mismatch', /--purge/);
    await refused(['destroy', 'manager', '--yes'], 'forbidden', /root of the hive/);
    await refused(['start', 'scout'], 'wrong_state', /running already/);
  });
});

describe('messages', () => {
  const piped = (stdin: string | Buffer) => ({ args: ['send', 'scout', '-'], stdin });

  test('to nobody, to an unknown recipient, too long, not text', async () => {
    await refused(['send', 'scuot', 'hi'], 'unknown_agent', /Did you mean "scout"/);
    await refused(['send', 'Every One', 'hi'], 'invalid_name', /recipient/);
    await refused(piped(''), 'invalid_input', /empty/);
    await refused(piped('x'.repeat(64 * 1024 + 1)), 'message_too_large', /file/);
    await refused(piped('ü'.repeat(33 * 1024)), 'message_too_large', /file/);
    await refused(piped(Buffer.from([0x68, 0x69, 0xff, 0xfe])), 'invalid_input', /UTF-8/);
    await refused(piped('a\u0000b'), 'invalid_input', /NUL/);
    await refused(['thread', '999999'], 'unknown_message', /#999999/);
  });

  test.each([
    ['to oneself', { to: 'scout', body: 'hi' }, 'message_to_self'],
    ['to nobody', { to: 'nobody', body: 'hi' }, 'unknown_agent'],
    ['with a forged sender', { to: 'manager', body: 'hi', from: 'operator' }, 'invalid_input'],
    ['with a field of another world', { to: 'manager', body: 'hi', priority: 9 }, 'invalid_input'],
    ['without a text', { to: 'manager' }, 'invalid_input'],
    ['too long', { to: 'manager', body: 'x'.repeat(64 * 1024 + 1) }, 'message_too_large'],
    ['with half a character', { to: 'manager', body: 'half \ud83d' }, 'invalid_input'],
    ['to many at once', { to: ['manager', 'scout'], body: 'hi' }, 'invalid_input'],
  ])('of an agent, %s', async (_name, message, code) => {
    const before = await whole();
    const { status, body } = await ask(agentSocket(hive, 'hived'), {
      path: '/messages',
      body: JSON.stringify(message),
    });
    expect(body).toMatchObject({ error: { code } });
    expect(status).toBe(errorRow(code as ErrorCode).status);
    expect(await whole()).toEqual(before);
  });
});

describe('images', () => {
  const MISSING = 'no.such/image:ever';

  test('a missing image: nothing is stored at create, nothing changes at start and rebuild', async () => {
    await refused(['create', 'artist', '--image', MISSING], 'image_missing', /no\.such\/image:ever.*npm start/);
    await hive.admin.call('createAgent', { name: 'artist', spec: { image: MISSING }, start: false });
    await refused(['start', 'artist'], 'image_missing', /no\.such\/image:ever/);
    await refused(['rebuild', 'artist'], 'image_missing', /no\.such\/image:ever/);
    expect((await hive.admin.call('getAgent', { name: 'artist' })).agent).toMatchObject({
      state: 'stopped',
      generation: 1,
    });
    expect((await hive.hivectl(['destroy', 'artist', '--purge', 'artist', '--yes'])).code).toBe(0);
  });

  test.each(['../../etc', '?x', 'a b', '-rm', 'UPPER/case', '/'])(
    'text that is not an image name: %s',
    async (image) => {
      const before = await whole();
      const error = await hive.admin
        .call('createAgent', { name: 'artist', spec: { image } })
        .catch((thrown: unknown) => thrown as HiveError);
      expect(error).toMatchObject({ code: 'invalid_input' });
      expect(await whole()).toEqual(before);
    },
  );
});

describe('signing in', () => {
  test('a link works once; the second use says how to get another', async () => {
    const { url } = await hive.admin.call('makeLink', {});
    const first = await fetch(url, { redirect: 'manual' });
    expect(first.headers.get('set-cookie')).toMatch(/HttpOnly/i);
    const second = await fetch(url, { redirect: 'manual' });
    expect(second.status).toBe(410);
    expect(second.headers.get('set-cookie')).toBeNull();
    expect(await second.text()).toContain('hivectl dashboard link');
  });

  test('a foreign cookie signs nobody in', async () => {
    const page = new URL('/api/agents', (await hive.admin.call('status', {})).dashboardUrl);
    for (const cookie of ['hive_session=made-up', 'session=1; hive_session=', '__Host-hive=x'])
      expect((await fetch(page, { headers: { cookie } })).status).toBe(401);
  });
});
