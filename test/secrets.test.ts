import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encode, needlesOf } from './support/encodings.ts';
import { runInBox } from './support/run-in-box.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

const VALUE = 'tQ7/z+k "2mVt9"_wZx31bN=élan';
const NEEDLES = needlesOf(VALUE).map((needle) => Buffer.from(needle));

let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({ agents: ['manager', 'scout'] });
  await hive.start();
  await hive.allIdle();
});
afterAll(() => hive.close());

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const findIn = (bytes: Buffer) => NEEDLES.filter((needle) => bytes.includes(needle)).map(String);

/** A turn of the scripted model in the real CLI that runs this command. */
async function turnWith(command: string) {
  const { id } = await hive.admin.call('send', { to: 'scout', body: `@Bash ${JSON.stringify({ command })}` });
  return hive.event((event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id));
}

test('a secret is a file that its agent alone can read, at once and until it is revoked', async () => {
  const short = await hive.hivectl(['secret', 'set', 'DEPLOY'], 'short');
  expect(short).toMatchObject({ code: 64, stderr: expect.stringContaining('at least 8 bytes') });
  expect(await hive.hivectl(['secret', 'set', 'DEPLOY'], `${VALUE}\n`)).toMatchObject({ code: 0 });
  expect(await hive.hivectl(['secret', 'grant', 'DEPLOY', 'scout'])).toMatchObject({ code: 0 });
  expect(await hive.inBox('scout', ['cat', '/run/secrets/DEPLOY'])).toEqual({ code: 0, output: VALUE });
  expect((await hive.inBox('manager', ['ls', '/run/secrets'])).output).toBe('');
  const write = await hive.inBox('scout', [
    'sh',
    '-c',
    'echo x > /run/secrets/OTHER; rm -f /run/secrets/DEPLOY; ls /run/secrets',
  ]);
  expect(write.output).toMatch(/DEPLOY$/m);
  expect(write.output).not.toMatch(/^OTHER$/m);
  const { mode, uid } = await stat(join(hive.run, 'agents/scout/secrets'));
  expect([mode & 0o777, uid]).toEqual([0o750, 0]);
  expect((await stat(join(hive.root, 'secrets/agents/DEPLOY'))).mode & 0o777).toBe(0o600);
});

test('a secret that an agent prints in its usual encodings is found in no store, log, transcript or export', async () => {
  // Vulnerability: an agent that shows a secret by mistake puts it into everything that operators read and copy.
  // Scenario: the agent prints it in a turn, and writes it into mail, a note, a file and its box's output.
  const script = `/agents/scout/state/print.mjs`;
  const printing = `const encode = ${String(encode)}; const fs = await import('node:fs');
    const forms = encode(fs.readFileSync('/run/secrets/DEPLOY', 'utf8'));`;
  await runInBox(
    hive,
    'scout',
    `import { writeFileSync } from 'node:fs';
    writeFileSync('${script}', ${JSON.stringify(`${printing} console.log(forms.join('\\n'));`)});
    console.log('{}');`,
  );
  expect((await turnWith(`node ${script}`)).data).toMatchObject({ outcome: 'done' });
  const answers = await runInBox<number[]>(
    hive,
    'scout',
    `import { request } from 'node:http';
    ${printing}
    fs.writeFileSync('/proc/1/fd/1', forms.join('\\n') + '\\n');
    const post = (path, body) => new Promise((resolve, reject) => {
      const call = request({ socketPath: '/run/hive/hived/agent.sock', path, method: 'POST', headers: { 'content-type': 'application/json' } }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode));
      });
      call.on('error', reject);
      call.end(JSON.stringify(body));
    });
    const text = forms.join(' ; ');
    console.log(JSON.stringify([
      await post('/messages', { to: 'operator', body: text }),
      await post('/messages', { to: 'manager', body: 'see ' + text }),
      await post('/files', { name: 'a.txt', data: Buffer.from(text).toString('base64') }),
    ]));`,
  );
  expect(answers).toEqual([200, 200, 400]);

  const inbox = await hive.admin.call('listMessages', { of: 'operator', limit: 50 });
  expect(inbox.messages.filter(({ body }) => body.includes('[secret:DEPLOY]')).length).toBeGreaterThan(0);
  const result = await hive.event(
    ({ kind, data }) => kind === 'turn.tool_result' && JSON.stringify(data).includes('[secret:'),
  );
  expect(JSON.stringify(result.data).match(/\[secret:DEPLOY\]/g)?.length).toBeGreaterThanOrEqual(NEEDLES.length);
  const found = await hive.events('secret.found');
  expect(found.filter(({ agent }) => agent === 'scout')).toHaveLength(1);
  const notices = inbox.messages.filter(({ body }) => body.startsWith('scout wrote a secret'));
  expect(notices).toHaveLength(1);

  for (const args of [
    ['logs', 'scout'],
    ['export'],
    ['events', '--json'],
    ['inbox', '--json'],
    ['secret', 'ls', '--json'],
  ]) {
    const { stdout, stderr } = await hive.hivectl(args);
    expect([args, findIn(Buffer.from(stdout + stderr))]).toEqual([args, []]);
  }
  expect((await hive.hivectl(['logs', 'scout'])).stdout).toContain('[secret:DEPLOY]');
  // The value is where keys are kept; the agent's own files and its CLI's conversation may hold what the agent read.
  const searched = (await filesBelow(hive.root)).filter(
    (path) => !path.startsWith(join(hive.root, 'secrets')) && !path.startsWith(join(hive.root, 'agents/scout')),
  );
  expect(searched.some((path) => path.endsWith('hive.db'))).toBe(true);
  const hits = await Promise.all(searched.map(async (path) => ({ path, found: findIn(await readFile(path)) })));
  expect(hits.filter((hit) => hit.found.length > 0)).toEqual([]);
});

test('a push with a secret is refused and says where; the forge has not stored it, and the operator is told once', async () => {
  // Vulnerability: what an agent pushes is copied into every clone. Scenario: it commits a secret, plain and encoded,
  // and pushes again and again. Verified: refused in its box; an event and one notice; nothing on the forge's disk.
  const script = (change: string) => `set -e
    export HOME=/agents/scout/state GIT_AUTHOR_NAME=s GIT_AUTHOR_EMAIL=s@s GIT_COMMITTER_NAME=s GIT_COMMITTER_EMAIL=s@s
    rm -rf /agents/scout/state/app; git init -q -b main /agents/scout/state/app; cd /agents/scout/state/app
    mkdir conf; echo first > conf/key; ${change}
    git add .; git commit -q -m change; git push http://127.0.0.1:7002/scout/app.git main 2>&1`;
  const push = (change: string) => hive.inBox('scout', ['sh', '-c', script(change)]);
  for (const change of ['cat /run/secrets/DEPLOY >> conf/key', 'base64 -w 20 /run/secrets/DEPLOY >> conf/key']) {
    const { code, output } = await push(change);
    expect(code).not.toBe(0);
    expect(output).toMatch(/DEPLOY in conf\/key, line 2 \(commit [0-9a-f]{12}, refs\/heads\/main\)/);
    expect(output).toContain('rewrite every commit');
    expect(output).not.toContain(VALUE);
  }
  const refused = await hive.event(({ kind }) => kind === 'forge.secret_refused');
  expect(refused).toMatchObject({ agent: 'scout', data: { repo: 'scout/app', secrets: ['DEPLOY'] } });
  const inbox = await hive.admin.call('listMessages', { of: 'operator', limit: 50 });
  expect(inbox.messages.filter(({ body }) => body.includes('pushed a secret to'))).toHaveLength(1);
  const files = await filesBelow(join(hive.root, 'forge'));
  const hits = await Promise.all(files.map(async (path) => ({ path, found: findIn(await readFile(path)) })));
  expect(hits.filter((hit) => hit.found.length > 0)).toEqual([]);
  expect(await push('true')).toMatchObject({ code: 0 });
});

test('a revoked secret is gone from the running box, and a removed one from the disk', async () => {
  expect(await hive.hivectl(['secret', 'revoke', 'DEPLOY', 'scout'])).toMatchObject({ code: 0 });
  expect((await hive.inBox('scout', ['ls', '/run/secrets'])).output).toBe('');
  await hive.hivectl(['secret', 'grant', 'DEPLOY', '@role:scout']);
  expect(await hive.hivectl(['secret', 'rm', 'DEPLOY'])).toMatchObject({ code: 0 });
  expect(await readdir(join(hive.root, 'secrets/agents'))).toEqual([]);
  expect(await hive.hivectl(['secret', 'rm', 'DEPLOY'])).toMatchObject({ code: 66 });
});
