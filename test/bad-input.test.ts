import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { createConnection, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type ErrorCode, errorRow, type HiveError } from '../protocol/errors.ts';
import { adminSurface } from '../protocol/operations/admin.ts';
import { connectSurface } from '../wire/client.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

/*
 * "Bad input gets one clear error and changes nothing", on a whole hive: what a careless operator types,
 * what a broken or hostile program sends, and what a machine lacks.
 */
const run = promisify(execFile);
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive();
  await hive.start();
  for (const name of ['manager', 'scout'])
    await hive.until(
      async () => (await hive.admin.call('getAgent', { name })).agent.state === 'idle',
      `${name} to be idle`,
    );
  // The forge fills shared/docs at its first start.
  await hive.event((event) => event.kind === 'forge.pushed');
});
afterAll(() => hive.close());

/** What harnesses and the gateway's count go on saying meanwhile. */
const GOES_ON = /^(harness|cli|usage|turn)\./;

/** Everything that a refused request could have changed. */
async function whole() {
  const { agents } = await hive.admin.call('listAgents', {});
  const { messages } = await hive.admin.call('listMessages', { limit: 1_000 });
  return {
    events: (await hive.events()).filter(({ kind }) => !GOES_ON.test(kind)).length,
    agents: agents.map(({ name, desired, generation, spec, queued }) => ({ name, desired, generation, spec, queued })),
    messages: messages.map(({ id }) => id),
    files: (await readdir(join(hive.root, 'agents'))).sort(),
    sockets: (await readdir(join(hive.run, 'agents'))).sort(),
    boxes: (await hive.containers()).map((box) => box.Id).sort(),
  };
}

type Typed = string[] | { args: string[]; stdin: string | Buffer };

/** hivectl fails with the code's exit code and says one thing, which tells what to do; nothing changed. */
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

  test('hivectl says what is wrong with a name, and the nearest one it knows', async () => {
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

  test('to nobody, to the wrong one, too long, not text', async () => {
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
    const { status, body } = await ask(agentSocket('hived'), { path: '/messages', body: JSON.stringify(message) });
    expect(body).toMatchObject({ error: { code } });
    expect(status).toBe(errorRow(code as ErrorCode).status);
    expect(await whole()).toEqual(before);
  });
});

const agentSocket = (service: string) => join(hive.run, 'agents/scout', service, 'agent.sock');

/** Each socket with a path that takes a body, and one question that it answers well. */
const SOCKETS: [
  string,
  { socket: () => string; path: string; good: { method: string; path: string; status: number } },
][] = [
  ['admin', { socket: () => join(hive.run, 'admin.sock'), path: '/messages', good: get('/status') }],
  ['dashboard', { socket: () => join(hive.run, 'dashboard.sock'), path: '/messages', good: get('/status') }],
  ['gateway reports', { socket: () => join(hive.run, 'gateway.sock'), path: '/usage', good: get('/', 404) }],
  ['agent', { socket: () => agentSocket('hived'), path: '/messages', good: get('/whoami') }],
  ['agent’s gateway', { socket: () => agentSocket('gateway'), path: '/v1/messages', good: get('/') }],
  ['agent’s forge', { socket: () => agentSocket('forge'), path: '/api/repos', good: get('/api/repos') }],
  ['forge', { socket: () => join(hive.run, 'forge/forge.sock'), path: '/api/repos', good: get('/api/repos') }],
];
function get(path: string, status = 200) {
  return { method: 'GET', path, status };
}

const NONSENSE: [string, string | Buffer][] = [
  [
    'invalid UTF-8',
    Buffer.concat([Buffer.from('{"to":"scout","body":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
  ],
  ['half of a JSON text', '{"to":"scout","body":'],
  ['two JSON texts', '{"to":"scout","body":"a"}{"to":"scout","body":"b"}'],
  ['a list', '[1,2,3]'],
  ['a word', '"hello"'],
  ['null', 'null'],
  ['a text of nested lists', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ['a prototype', '{"__proto__":{"to":"scout"},"constructor":{"prototype":{}},"body":"x"}'],
  ['five thousand fields', JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, n])))],
];

describe.each(SOCKETS)('nonsense on the socket of: %s', (_name, { socket, path, good }) => {
  const unharmed = async (before: Awaited<ReturnType<typeof whole>>) => {
    expect((await ask(socket(), good)).status).toBe(good.status);
    expect(await whole()).toEqual(before);
  };

  test('bodies that are none get one answer each, with a code', async () => {
    const before = await whole();
    for (const [what, body] of NONSENSE) {
      const answer = await ask(socket(), { path, body });
      expect([what, answer.status]).toEqual([
        what,
        expect.toSatisfy((status: number) => status >= 400 && status < 500),
      ]);
      expect(answer.body, what).toMatchObject({ error: { message: expect.stringMatching(/.{10}/) as string } });
      expect(answer.text.length, what).toBeLessThan(3_000);
    }
    await unharmed(before);
  });

  test('requests that are none do not hurt it either', async () => {
    const before = await whole();
    for (const bytes of [
      Buffer.from([0xff, 0x00, 0xfe, 0x0a, 0x0d, 0x0a]),
      'HELO hive\r\n\r\n',
      'GET /\u0000 HTTP/1.1\r\nhost: hive\r\n\r\n',
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: hive\r\n\r\n`,
      'POST /messages HTTP/1.1\r\nhost: hive\r\ncontent-length: -5\r\n\r\n',
      'POST /messages HTTP/1.1\r\nhost: hive\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: hive\r\n\r\n',
    ])
      expect(await answerTo(socket(), bytes)).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
    for (const odd of [
      '/%ff',
      '/agents/%2e%2e%2fetc',
      '//',
      '/agents/..',
      '/nothing/here?x=%',
      `/${'n'.repeat(300)}`,
    ]) {
      const answer = await ask(socket(), { method: 'GET', path: odd });
      expect([odd, answer.status]).toEqual([odd, expect.toSatisfy((status: number) => status >= 400 && status < 500)]);
    }
    expect((await ask(socket(), { path, body: 'to=scout', type: 'text/plain' })).status).toBeGreaterThanOrEqual(400);
    expect((await ask(socket(), { method: 'PATCH', path })).status).toBeGreaterThanOrEqual(400);
    await unharmed(before);
  });
});

test('a body over the limit is refused while it is still coming', async () => {
  const before = await whole();
  const head = `POST /messages HTTP/1.1\r\nhost: hive\r\ncontent-type: application/json\r\ncontent-length: ${2 ** 40}\r\n\r\n{`;
  for (const socket of [join(hive.run, 'admin.sock'), agentSocket('hived')])
    expect(await answerTo(socket, head)).toMatch(/^HTTP\/1\.1 413 [^]*payload_too_large/);
  expect(await whole()).toEqual(before);
});

describe('images', () => {
  const MISSING = 'no.such/image:ever';

  test('one that is not there: nothing is stored at create, nothing changes at start and rebuild', async () => {
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

  test.each(['../../etc', '?x', 'a b', '-rm', 'UPPER/case', '/'])('a word that names none: %s', async (image) => {
    const before = await whole();
    const error = await hive.admin
      .call('createAgent', { name: 'artist', spec: { image } })
      .catch((thrown: unknown) => thrown as HiveError);
    expect(error).toMatchObject({ code: 'invalid_input' });
    expect(await whole()).toEqual(before);
  });
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

  test('a cookie from elsewhere is none', async () => {
    const page = new URL('/api/agents', (await hive.admin.call('status', {})).dashboardUrl);
    for (const cookie of ['hive_session=made-up', 'session=1; hive_session=', '__Host-hive=x'])
      expect((await fetch(page, { headers: { cookie } })).status).toBe(401);
  });
});

describe('a port that is taken', () => {
  test('the hive stays up, says which port and what to do, and the page is back when it is free', async () => {
    const stranger = createServer((_request, response) => response.end('not the hive'));
    const find = async () => (await hive.admin.call('status', {})).services.find(({ name }) => name === 'dashboard');
    const { pid } = (await find()) ?? {};
    process.kill(pid ?? 0, 'SIGKILL');
    await hive.until(
      () =>
        new Promise<boolean>((resolve) => {
          stranger.once('error', () => resolve(false));
          stranger.listen(hive.port, '127.0.0.1', () => resolve(true));
        }),
      'the port to be ours',
    );
    const taken = await hive.until(async () => {
      const found = await find();
      return found?.state === 'backing_off' && found.reason?.includes('in use') === true && found;
    }, 'the dashboard to say that its port is taken');
    expect(taken.reason).toContain(`Port ${hive.port}`);
    expect(taken.reason).toContain('dashboard.port');
    const doctor = await hive.hivectl(['doctor']);
    expect(doctor.code).toBe(errorRow('service_unavailable').exit);
    expect(doctor.stdout.replaceAll(/\s+/g, ' ')).toContain(`Port ${hive.port}`);
    const status = await hive.hivectl(['status']);
    expect(status.code).toBe(0);
    expect(status.stdout.replaceAll(/\s+/g, ' ')).toContain(`Port ${hive.port}`);

    stranger.closeAllConnections();
    await new Promise((resolve) => stranger.close(resolve));
    await hive.until(async () => (await find())?.state === 'running', 'the page to be back', 60_000);
    expect((await fetch(`http://127.0.0.1:${hive.port}/`)).status).toBeLessThan(500);
  });
});

describe('starting', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'hv-bad-'));
    await chmod(home, 0o711);
    await mkdir(join(home, 'root'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  /** Starts a hived that should refuse. */
  async function start(env: Record<string, string> = {}, args: string[] = []) {
    const places = { HIVE_ROOT: join(home, 'root'), HIVE_RUN: join(home, 'run'), ...env };
    const hived = join(hive.root, '../app/hived.mjs');
    const child = spawn(process.execPath, [hived, ...args], { env: places, stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.resume();
    const [code] = (await once(child, 'close')) as [number];
    const error = stderr === '' ? null : (JSON.parse(stderr) as { error: { code: ErrorCode; message: string } }).error;
    return { code, error };
  }

  test.each([
    ['dashbord:\n  port: 7780\n', /unknown key "dashbord" \(did you mean "dashboard"\?\)/],
    ['dashboard:\n  prot: 7780\n', /unknown key "dashboard\.prot" \(did you mean "port"\?\)/],
    ['dashboard:\n  port: 77800\n', /dashboard\.port: .*65535/],
    ['dashboard: {port: 7780\n', /line/],
    ['first_agents: [{name: scout, role: x}]\n', /manager/],
    ['first_agents: [{name: manager, role: x}, {name: a, role: x}, {name: a, role: x}]\n', /same name/],
    ['toolchain_dir: somewhere\n', /absolute/],
    ['- a list\n', /expected object/i],
    [`a: &a [x, x]\nb: &b [*a, *a]\n${'c: [*b, *b, *b, *b]\n'.repeat(1)}d: [*b, *b]\n`, /unknown key/],
  ])('config.yaml: %j', async (text, words) => {
    await writeFile(join(home, 'root/config.yaml'), text);
    for (const args of [['--check-config'], []]) {
      const { code, error } = await start({}, args);
      expect(code).toBe(78);
      expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(words) as string });
    }
    expect(await readdir(home)).toEqual(['root']);
    expect(await readdir(join(home, 'root'))).toEqual(['config.yaml']);
  });

  test('a second hived on the same root, or with the sockets of another, refuses and hurts nobody', async () => {
    const before = await whole();
    const { pid } = await hive.admin.call('status', {});
    const same = await start({ HIVE_ROOT: hive.root, HIVE_RUN: join(home, 'run') });
    expect(same).toMatchObject({ code: 73, error: { code: 'hive_running' } });
    expect(same.error?.message).toContain(`${hive.root} already (pid ${pid})`);
    const crossed = await start({ HIVE_RUN: hive.run });
    expect(crossed).toMatchObject({ code: 73, error: { code: 'hive_running' } });
    expect(crossed.error?.message).toContain('HIVE_RUN');
    expect(await readdir(join(home, 'root'))).toEqual(['hived.lock']);
    expect((await hive.admin.call('status', {})).pid).toBe(pid);
    expect((await ask(agentSocket('hived'), get('/whoami'))).body).toMatchObject({ name: 'scout' });
    expect(await whole()).toEqual(before);
  });

  test('"up" on a root or on sockets that a running hive holds says which one, and what to do, before it sets anything up', async () => {
    const before = await whole();
    const { pid } = await hive.admin.call('status', {});
    const up = (env: Record<string, string>, ...args: string[]) =>
      run(process.execPath, [join(hive.root, '../app/hivectl.mjs'), 'up', ...args], {
        env: { PATH: process.env['PATH'] ?? '', HOME: home, HIVE_ROOT: hive.root, HIVE_RUN: hive.run, ...env },
      }).catch((failed: { code: number; stdout: string; stderr: string }) => failed);
    for (const args of [[], ['--foreground'], ['--restart']]) {
      const elsewhere = await up({ HIVE_RUN: join(home, 'run') }, ...args);
      expect(elsewhere).toMatchObject({ code: 73, stdout: '' });
      expect(elsewhere.stderr).toBe(
        `error: A hive runs on ${hive.root} already (pid ${pid}), with its sockets in ${hive.run}. Use it: HIVE_RUN=${hive.run} npx hivectl status. Stop it: HIVE_RUN=${hive.run} npx hivectl down\n`,
      );
      const crossed = await up({ HIVE_ROOT: join(home, 'root') }, ...args);
      expect(crossed).toMatchObject({ code: 73, stdout: '' });
      expect(crossed.stderr).toBe(
        `error: Another hive (pid ${pid}) has its sockets in ${hive.run}; this one's root is ${join(home, 'root')}. Set HIVE_RUN to a directory of this hive's own, or stop the other one: npx hivectl down\n`,
      );
    }
    const again = await up({}, '--foreground');
    expect(again).toMatchObject({ code: 73, stdout: '' });
    expect(again.stderr).toBe(
      `error: A hive runs on ${hive.root} already (pid ${pid}). Use it, or stop it first: npx hivectl down --keep-boxes\n`,
    );
    expect((await hive.admin.call('status', {})).pid).toBe(pid);
    expect(await readdir(home)).toEqual(['root']);
    expect(await whole()).toEqual(before);
  });

  test('a start that is refused says so in one plain line where people read it', async () => {
    const hived = join(hive.root, '../app/hived.mjs');
    const env = { HIVE_ROOT: hive.root, HIVE_RUN: join(home, 'run') };
    const { pid } = await hive.admin.call('status', {});
    const failed = await run(process.execPath, [hived, '--plain-errors'], { env }).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 73,
      stdout: '',
      stderr: `error: A hive runs on ${hive.root} already (pid ${pid}). Use it, or stop it: npx hivectl down\n`,
    });
  });

  test('a root of a newer version stays as it is, byte for byte', async () => {
    const path = join(home, 'root/hive.db');
    const db = new Database(path);
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE of_the_future (x)');
    db.pragma('user_version = 99');
    db.close();
    const before = await readFile(path);
    const { code, error } = await start();
    expect([code, error?.code]).toEqual([78, 'newer_database']);
    expect(error?.message).toContain('99');
    expect((await readFile(path)).equals(before)).toBe(true);
    expect((await readdir(join(home, 'root'))).sort()).toEqual(['hive.db', 'hived.lock']);
  });

  test('a root that is somebody else’s, that others cannot reach, or whose sockets’ names would be too long', async () => {
    await writeFile(join(home, 'root/hive.db'), 'my notes\n'.repeat(200));
    expect(await start()).toMatchObject({ code: 78, error: { code: 'foreign_root' } });
    expect(await readFile(join(home, 'root/hive.db'), 'utf8')).toBe('my notes\n'.repeat(200));
    await writeFile(join(home, 'file'), '');
    expect(await start({ HIVE_ROOT: join(home, 'file/root') })).toMatchObject({ code: 78 });
    await chmod(home, 0o700);
    const closed = await start({ HIVE_ROOT: join(home, 'new') });
    expect(closed).toMatchObject({ code: 78, error: { code: 'config_invalid' } });
    expect(closed.error?.message).toContain(`chmod o+x ${home}`);
    expect(await start({ HIVE_RUN: `/tmp/${'long'.repeat(20)}` })).toMatchObject({ code: 78 });
    expect(await start({ HIVE_ROOT: 'relative' })).toMatchObject({ code: 78 });
    expect((await readdir(home)).sort()).toEqual(['file', 'root', 'run']);
  });

  describe('on a machine that lacks something', () => {
    let child: ChildProcess | null = null;
    let admin: ReturnType<typeof connectSurface<typeof adminSurface>>;
    afterEach(async () => {
      if (child !== null && child.exitCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
      child = null;
      await admin.close();
      await run('umount', [join(home, 'root')]).catch(() => undefined);
    });

    /** A hive without an engine; its log goes to a file in its root. */
    async function openBareHive(): Promise<void> {
      const root = join(home, 'root');
      const config = { dashboard: { port: await freePort() }, engine: { start: 'never', socket: join(home, 'none') } };
      await writeFile(join(root, 'config.yaml'), stringify(config));
      const log = await open(join(root, 'hived.log'), 'a');
      child = spawn(process.execPath, [join(hive.root, '../app/hived.mjs')], {
        env: { PATH: process.env['PATH'], HIVE_ROOT: root, HIVE_RUN: join(home, 'run') },
        stdio: ['ignore', log.fd, log.fd],
      });
      await log.close();
      admin = connectSurface(adminSurface, join(home, 'run/admin.sock'));
      await expect
        .poll(async () => (await admin.call('status', {}).catch(() => null))?.ready, { timeout: 30_000 })
        .toBe(true);
    }

    test('no engine: agents are declared and mail is kept; what needs a box says why it cannot be', async () => {
      await openBareHive();
      const { agents } = await admin.call('listAgents', {});
      expect(agents.map(({ name, desired, state }) => [name, desired, state])).toEqual([
        ['manager', 'running', 'failed'],
        ['scout', 'running', 'failed'],
      ]);
      expect(agents[0]?.reason).toContain('engine');
      expect((await admin.call('status', {})).engine).toMatchObject({ ok: false });
      const checks = (await admin.call('doctor', {})).checks;
      expect(checks.find(({ name }) => name === 'container engine')).toMatchObject({ level: 'fail' });
      await admin.call('createAgent', { name: 'early' });
      await admin.call('send', { to: 'early', body: 'for later' });
      await admin.call('createAgent', { name: 'idle', start: false });
      const { lastSeq } = await admin.call('status', {});
      for (const attempt of [
        () => admin.call('startAgent', { name: 'idle' }),
        () => admin.call('restartAgent', { name: 'scout' }),
        () => admin.call('rebuildAgent', { name: 'scout' }),
        () => admin.call('rebuildAll', {}),
        () => admin.call('destroyAgent', { name: 'idle' }),
      ])
        await expect(attempt()).rejects.toMatchObject({ code: 'engine_unavailable' });
      expect((await admin.call('status', {})).lastSeq).toBe(lastSeq);
      expect((await admin.call('getAgent', { name: 'early' })).agent.queued).toBe(1);
    });

    test('no room on the disk: nothing is acknowledged that is not kept, hived lives, and goes on when there is room', async () => {
      // Vulnerability: a false acknowledgement, or a hived that dies of a log line it cannot write.
      const root = join(home, 'root');
      await run('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=0711', 'tmpfs', root]);
      await openBareHive();
      const acknowledged = [(await admin.call('send', { to: 'scout', body: 'before' })).id];
      const filler = join(root, 'filler');
      const send = async (n: number) => {
        const error = await admin.call('send', { to: 'scout', body: `${n} ${'x'.repeat(30_000)}` }).then(
          ({ id }) => void acknowledged.push(id),
          (thrown: unknown) => thrown as HiveError,
        );
        return error ?? null;
      };
      await fill(filler);
      const errors = [];
      for (let n = 0; n < 40; n += 1) errors.push(await send(n));
      const refusals = errors.filter((error) => error !== null);
      expect(refusals.length).toBeGreaterThan(0);
      for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'storage_unavailable' });
      expect(refusals[0]?.message).toMatch(/Free some space/);
      await expect(
        admin.call('createAgent', { name: 'big', spec: { prompt: 'x'.repeat(19_000) } }),
      ).rejects.toMatchObject({ code: 'storage_unavailable' });
      // A key may take the reserve: it is kept whole, or refused with nothing left behind.
      const key = `sk-ant-${'x'.repeat(4_000)}`;
      const refusal = await admin.call('setProvider', { provider: 'anthropic', key }).then(
        () => null,
        (thrown: unknown) => thrown as HiveError,
      );
      if (refusal !== null) expect(refusal).toMatchObject({ code: 'storage_unavailable' });
      const secrets = await readdir(join(root, 'secrets'));
      expect(secrets).toHaveLength(refusal === null ? 1 : 0);
      for (const name of secrets) expect(await readFile(join(root, 'secrets', name), 'utf8')).toContain(key);
      // What it has to say about that goes to the full disk as well.
      for (let n = 0; n < 20; n += 1) await send(n);
      expect((await admin.call('status', {})).pid).toBe(child?.pid);

      await rm(filler);
      await expect.poll(() => send(1_000), { timeout: 10_000 }).toBeNull();
      const { messages } = await admin.call('listMessages', { limit: 1_000 });
      // The hive's own notices about the disk are beside them.
      const own = messages.filter(({ from }) => from === 'operator');
      expect(new Set(own.map(({ id }) => id))).toEqual(new Set(acknowledged));
      const db = new Database(join(root, 'hive.db'), { readonly: true });
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      db.close();
      expect((await admin.call('listAgents', {})).agents.map(({ name }) => name)).toEqual(['manager', 'scout']);
    });
  });
});

/** Writes a file until its disk is full. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (;;) {
      const { bavail, bsize } = await statfs(path);
      if (bavail === 0) return;
      await file.write(Buffer.alloc(Math.min(bavail * bsize, 1024 * 1024), 'x'));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

interface Answer {
  status: number;
  text: string;
  body: unknown;
}

/** One request on a socket; POST of JSON unless told otherwise. */
function ask(
  socketPath: string,
  what: { method?: string; path: string; body?: string | Buffer; type?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = what.body ?? '';
    const headers = { 'content-type': what.type ?? 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(
      { socketPath, method: what.method ?? 'POST', path: what.path, headers, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text, body: parseOrNull(text) }));
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What a socket says to raw bytes before it hangs up, or in a second. */
function answerTo(socketPath: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ path: socketPath });
    let text = '';
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(end, 1_000);
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('close', end).once('error', end);
    socket.write(bytes);
  });
}
