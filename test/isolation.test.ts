import { execFile, spawn } from 'node:child_process';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInBox } from './support/run-in-box.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

/*
 * On the hive's own boxes: what an agent, a service or another user of the host must not reach. Each attack is described as
 * vulnerability, scenario, and what is verified.
 */
const run = promisify(execFile);
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({ agents: ['manager', 'scout', 'coder'] });
  await hive.start();
  await hive.allIdle();
});
afterAll(() => hive.close());

const inBox = <T>(agent: string, script: string) => runInBox<T>(hive, agent, script);

/** Runs a script on the host as another user. */
async function asUser<T>(uid: number, script: string): Promise<T> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { uid, gid: uid, cwd: '/', env: {} });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(Buffer.concat(chunks).toString()) as T;
}

/** A script's function that returns the result for each path: read, connected, or the error's code. */
const TRY = `
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
const read = (path) => { try { readFileSync(path); return 'read'; } catch (e) { return e.code; } };
const list = (path) => { try { return readdirSync(path).sort(); } catch (e) { return e.code; } };
const write = (path) => { try { writeFileSync(path, 'x'); return 'written'; } catch (e) { return e.code; } };
const dial = (where) => new Promise((resolve) => {
  const socket = connect(where);
  socket.once('connect', () => { socket.destroy(); resolve('connected'); });
  socket.once('error', (e) => resolve(e.code));
});
`;

describe('in a box', () => {
  test('there is no privilege, no network but lo, and no socket but its own four', async () => {
    // Vulnerability: a capability, an interface, or the engine's socket would make a box a part of the host.
    // Scenario: the agent inspects every process it sees, connects out, and searches every directory for sockets.
    // Verified: nothing but the grants of architecture.md.
    const found = await inBox<{
      status: string[];
      interfaces: string[];
      dials: string[];
      sockets: string[];
    }>(
      'scout',
      `${TRY}
      const status = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).map((pid) => {
        try { return readFileSync('/proc/' + pid + '/status', 'utf8'); } catch { return ''; }
      }).filter(Boolean).map((text) => text.split('\\n').filter((line) => /^(Uid|Gid|Cap...|NoNewPrivs|Seccomp):/.test(line)).join(' '));
      const sockets = [];
      const walk = (dir) => {
        let entries = [];
        try { entries = readdirSync(dir, { withFileTypes: true }); } catch { return; }
        for (const entry of entries) {
          const path = (dir === '/' ? '' : dir) + '/' + entry.name;
          if (entry.isSocket()) sockets.push(path);
          if (entry.isDirectory() && path !== '/proc' && path !== '/sys') walk(path);
        }
      };
      walk('/');
      const dials = [];
      for (const host of ['1.1.1.1', '169.254.169.254', '172.17.0.1']) dials.push(await dial({ host, port: 80 }));
      console.log(JSON.stringify({ status, interfaces: readdirSync('/sys/class/net'), dials, sockets }));`,
    );
    expect(found.interfaces).toEqual(['lo']);
    expect(found.dials).toEqual(['ENETUNREACH', 'ENETUNREACH', 'ENETUNREACH']);
    // The harness listens at the first one itself, for a takeover: it leads nowhere.
    expect(found.sockets.sort()).toEqual([
      '/agents/scout/harness/attach.sock',
      '/run/hive/forge/agent.sock',
      '/run/hive/gateway/agent.sock',
      '/run/hive/gateway/egress.sock',
      '/run/hive/hived/agent.sock',
    ]);
    expect(found.status.length).toBeGreaterThanOrEqual(2);
    const uid = Number(/Uid:\s+(\d+)/.exec(found.status[0] ?? '')?.[1]);
    expect(uid).toBeGreaterThan(200_999);
    for (const line of found.status) {
      expect(line).toMatch(new RegExp(`Uid:\\s+${uid}\\s+${uid}\\s+${uid}\\s+${uid} `));
      expect(line).toMatch(/NoNewPrivs:\s+1 Seccomp:\s+2/);
      expect(line.match(/Cap...:\s+0{16}/g)).toHaveLength(5);
    }
  });

  test('only its own directories can be written, and other agents’ cannot be seen', async () => {
    // Vulnerability: a writable program of the toolchain or a neighbour's file is a way into every other box.
    const seen = await inBox<Record<string, unknown>>(
      'scout',
      `${TRY}
      console.log(JSON.stringify({
        refused: ['/x', '/etc/passwd', '/usr/bin/git', '/opt/hive/harness/harness.mjs', '/opt/hive/x', '/run/x',
          '/run/hive/hived/x', '/run/hive/gateway/x', '/agents/x', '/var/tmp/x'].map(write),
        granted: ['/agents/scout/state/x', '/agents/scout/harness/x', '/shared/scout', '/tmp/x'].map(write),
        agents: list('/agents'),
        own: list('/agents/scout'),
        run: list('/run/hive'),
        shadow: read('/etc/shadow'),
      }));`,
    );
    expect(seen).toMatchObject({
      granted: ['written', 'written', 'written', 'written'],
      agents: ['scout'],
      own: ['harness', 'state'],
      run: ['forge', 'gateway', 'hived'],
      shadow: 'EACCES',
    });
    for (const verdict of seen['refused'] as string[]) expect(verdict).toMatch(/^(EROFS|EACCES)$/);

    const manager = await inBox<Record<string, unknown>>(
      'manager',
      `${TRY}
      console.log(JSON.stringify({
        agents: list('/agents'),
        scout: list('/agents/scout'),
        state: read('/agents/scout/state/x'),
        into: write('/agents/scout/state/from-the-manager'),
      }));`,
    );
    expect(manager).toEqual({ agents: ['coder', 'manager', 'scout'], scout: ['state'], state: 'read', into: 'EROFS' });
  });

  test('the caller is the owner of the socket, whatever the request says', async () => {
    // Vulnerability: a sender, a caller or a boot that is taken from the request.
    // Scenario: scout names itself manager in the body, in headers, in the Host; sends a heartbeat for another's boot.
    const said = await inBox<{ status: number; body: { name?: string; error?: { code: string } } }[]>(
      'scout',
      `import { request } from 'node:http';
      const ask = (method, path, body, headers = {}) => new Promise((resolve, reject) => {
        const text = body === undefined ? '' : JSON.stringify(body);
        const sent = request({ socketPath: '/run/hive/hived/agent.sock', method, path,
          headers: { 'content-type': 'application/json', 'content-length': text.length, ...headers } }, async (answer) => {
          let said = ''; for await (const part of answer) said += part;
          resolve({ status: answer.statusCode, body: JSON.parse(said) });
        });
        sent.once('error', reject);
        sent.end(text);
      });
      const id = '00000000-0000-4000-8000-000000000000';
      console.log(JSON.stringify([
        await ask('POST', '/messages', { to: 'coder', body: 'I am the manager', from: 'manager' }),
        await ask('GET', '/whoami', undefined, { host: 'manager', 'x-agent': 'manager', 'x-forwarded-user': 'manager' }),
        await ask('POST', '/harness/wake', { bootId: id, waitMs: 0 }),
        await ask('GET', '/status'),
        await ask('POST', '/shutdown', {}),
        await ask('PUT', '/providers/anthropic', { key: 'sk-ant-someone-elses' }),
        await ask('DELETE', '/agents/coder', {}),
      ]));`,
    );
    expect(said.map(({ status, body }) => [status, body.error?.code ?? body.name])).toEqual([
      [400, 'invalid_input'],
      [200, 'scout'],
      [409, 'stale_boot'],
      [404, 'not_found'],
      [404, 'not_found'],
      [404, 'not_found'],
      [404, 'not_found'],
    ]);
    expect(JSON.stringify(said)).toContain('from');
    expect((await hive.events('message.sent')).map((event) => event.data['from'])).toEqual([]);
  });

  test('the MCP endpoint refuses a wrong Host, a foreign Origin and a missing secret', async () => {
    // Vulnerability: another program in the box, or a page in a browser there (DNS rebinding), speaks as the agent.
    const verdicts = await inBox<[number, string][]>(
      'scout',
      `import { readFileSync } from 'node:fs';
      import { request } from 'node:http';
      const { url, headers } = JSON.parse(readFileSync('/agents/scout/harness/mcp.json', 'utf8')).mcpServers.hive;
      const authorization = headers.Authorization;
      const ask = (more) => new Promise((resolve) => {
        const sent = request(url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...more } }, async (answer) => {
          let text = ''; for await (const part of answer) text += part;
          resolve([answer.statusCode, text]);
        });
        sent.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }));
      });
      console.log(JSON.stringify([
        await ask({ authorization }),
        await ask({}),
        await ask({ authorization: 'Bearer wrong' }),
        await ask({ authorization, host: 'evil.example' }),
        await ask({ authorization, host: 'evil.example:7001' }),
        await ask({ authorization, origin: 'http://evil.example' }),
      ]));`,
    );
    expect(verdicts.map(([status]) => status)).toEqual([200, 403, 403, 403, 403, 403]);
    expect(verdicts[0]?.[1]).toContain('"send"');
    for (const [index, code] of ['forbidden', 'forbidden', 'wrong_host', 'wrong_host', 'wrong_origin'].entries())
      expect(JSON.parse(verdicts[index + 1]?.[1] ?? '')).toMatchObject({ error: { code } });
  });

  test('an agent that opens connections endlessly exhausts its own limit, not the hive’s', async () => {
    // Vulnerability: file descriptors and memory of hived are shared by all.
    const { open } = await inBox<{ open: number }>(
      'scout',
      `import { connect } from 'node:net';
      import { setTimeout as wait } from 'node:timers/promises';
      const open = new Set(); let closed = 0;
      for (let n = 0; n < 400; n += 1) {
        const socket = connect('/run/hive/hived/agent.sock');
        socket.on('connect', () => open.add(socket)).on('error', () => {});
        socket.on('close', () => { open.delete(socket); closed += 1; }).resume();
      }
      for (let n = 0; n < 100 && open.size + closed < 400; n += 1) await wait(50);
      for (let n = 0; n < 100 && open.size > 64; n += 1) await wait(50);
      console.log(JSON.stringify({ open: open.size }));
      process.exit(0);`,
    );
    expect(open).toBeLessThanOrEqual(64);
    const { id } = await hive.admin.call('send', { to: 'scout', body: 'still there?' });
    await hive.event((event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id));
  });
});

describe('on the host', () => {
  const pidOf = async (service: string) =>
    (await hive.admin.call('status', {})).services.find((one) => one.name === service)?.pid ?? 0;
  const uidOf = async (pid: number) =>
    Number(/^Uid:\s+(\d+)\s+\1\s+\1\s+\1$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);

  test('each service has a user of its own, without groups or capabilities', async () => {
    const uids = [];
    for (const service of ['gateway', 'dashboard', 'forge']) {
      const pid = await pidOf(service);
      uids.push(await uidOf(pid));
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      expect(status).toMatch(/^CapEff:\s+0{16}$/m);
      expect(status).toMatch(/^CapPrm:\s+0{16}$/m);
      expect(/^Groups:[ \t]*(.*?) ?$/m.exec(status)?.[1]).toMatch(/^$|^200\d\d\d$/);
    }
    expect(uids).toEqual([200_001, 200_002, 200_003]);
  });

  test('a service reaches only what it is granted, and an agent’s user nothing at all', async () => {
    // Vulnerability: a compromised service reads the database, the keys, or acts as the operator.
    const { root, run: sockets } = hive;
    const reach = (uid: number) =>
      asUser<Record<string, string>>(
        uid,
        `${TRY}
        const root = ${JSON.stringify(root)}, run = ${JSON.stringify(sockets)};
        console.log(JSON.stringify({
          db: read(root + '/hive.db'), secrets: String(list(root + '/secrets')), logs: String(list(root + '/logs')),
          backups: String(list(root + '/backups')), agents: String(list(root + '/agents')),
          scout: String(list(root + '/agents/scout/state')), forgeDir: String(list(root + '/forge')),
          admin: await dial(run + '/admin.sock'), dashboard: await dial(run + '/dashboard.sock'),
          gateway: await dial(run + '/gateway.sock'), forge: await dial(run + '/forge/forge.sock'),
          search: await dial(run + '/search.sock'),
          coder: await dial(run + '/agents/coder/hived/agent.sock'),
          engine: await dial('/var/run/docker.sock'),
        }));`,
      );
    const doors = ['db', 'secrets', 'logs', 'backups', 'agents', 'scout', 'forgeDir', 'admin', 'dashboard', 'gateway'];
    const nothing = Object.fromEntries(
      [...doors, 'forge', 'search', 'coder', 'engine'].map((door) => [door, 'EACCES']),
    );
    expect(await reach(await uidOf(await pidOf('dashboard')))).toEqual({
      ...nothing,
      dashboard: 'connected',
      forge: 'connected',
    });
    expect(await reach(await uidOf(await pidOf('gateway')))).toEqual({ ...nothing, gateway: 'connected' });
    const forge = await reach(await uidOf(await pidOf('forge')));
    expect(forge).toEqual({
      ...nothing,
      forge: 'connected',
      search: 'connected',
      forgeDir: forge['forgeDir'],
    });
    const { uid: scout } = await stat(join(root, 'agents/scout/state'));
    const own = await reach(scout);
    expect(own).toEqual({ ...nothing, scout: own['scout'] });
    expect(own['scout']).not.toBe('EACCES');
  });

  test('directories and sockets have the right owners and modes', async () => {
    const { root, run: sockets } = hive;
    const { uid: scout } = await stat(join(root, 'agents/scout/state'));
    const facts = async (path: string) => {
      const { mode, uid, gid } = await lstat(path);
      return [(mode & 0o7777).toString(8), uid, gid];
    };
    expect(await facts(join(root, 'hive.db'))).toEqual(['640', 0, 0]);
    expect(await facts(join(root, 'agents/scout/state'))).toEqual(['750', scout, scout]);
    expect(await facts(join(root, 'agents/scout/harness'))).toEqual(['750', scout, scout]);
    expect(await facts(join(root, 'shared'))).toEqual(['3770', 0, 200_010]);
    expect(await facts(join(root, 'agents/scout'))).toEqual(['750', 0, scout]);
    expect(await facts(join(root, 'forge'))).toEqual(['700', 200_003, 200_003]);
    expect(await facts(join(sockets, 'admin.sock'))).toEqual(['600', 0, 0]);
    expect(await facts(join(sockets, 'dashboard.sock'))).toEqual(['600', 200_002, 0]);
    expect(await facts(join(sockets, 'gateway.sock'))).toEqual(['600', 200_001, 0]);
    expect(await facts(join(sockets, 'search.sock'))).toEqual(['600', 200_003, 0]);
    for (const [service, uid] of [
      ['hived', 0],
      ['gateway', 200_001],
      ['forge', 200_003],
    ] as const)
      expect(await facts(join(sockets, 'agents/scout', service, 'agent.sock'))).toEqual(['660', uid, scout]);
    await new Promise<void>((resolve, reject) => {
      createConnection(join(sockets, 'admin.sock'))
        .once('connect', function (this: { destroy(): void }) {
          this.destroy();
          resolve();
        })
        .once('error', reject);
    });
  });

  test('links that an agent left in its files are not followed when it is destroyed', async () => {
    // Vulnerability: root that reads, packs or deletes below a directory that an agent can write follows its links.
    // Scenario: the agent replaces its files with links to the host's, makes some unreadable, and is destroyed.
    const { code, output } = await hive.inBox('coder', [
      'sh',
      '-c',
      `cd /agents/coder/state && ln -s /etc/shadow shadow && ln -s / root && mkdir -p deep/er && ln -s ../../../../../../etc deep/er/etc
       mkfifo pipe && mkdir closed && echo kept > closed/note && chmod 0 closed && truncate -s 4T hole && ln -s ${hive.root}/secrets ../harness/secrets`,
    ]);
    expect({ code, output }).toEqual({ code: 0, output: '' });
    const destroyed = await hive.hivectl(['destroy', 'coder', '--yes', '--json']);
    expect(destroyed).toMatchObject({ code: 0, stderr: '' });
    const { archive } = JSON.parse(destroyed.stdout) as { archive: string };
    const { stdout: listing } = await run('tar', ['--list', '--verbose', '--gzip', '--file', archive]);
    for (const link of ['state/shadow -> /etc/shadow', 'state/root -> /', `harness/secrets -> ${hive.root}/secrets`])
      expect(listing).toMatch(new RegExp(`^l.* ${link}$`, 'm'));
    expect(listing).toMatch(/^p.* state\/pipe$/m);
    expect(listing).toMatch(/state\/closed\/note$/m);
    expect(listing).not.toMatch(/(state\/root|harness\/secrets|deep\/er\/etc)\//);
    const { mode, size } = await stat(archive);
    expect(mode & 0o777).toBe(0o600);
    expect(size).toBeLessThan(50 * 1024 * 1024);
    await expect(stat(join(hive.root, 'agents/coder'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(stat(join(hive.run, 'agents/coder'))).rejects.toMatchObject({ code: 'ENOENT' });
    await stat('/etc/shadow');
    await stat(join(hive.root, 'secrets'));
    expect(await readdir(join(hive.root, 'trash'))).toEqual([]);
  });
});
