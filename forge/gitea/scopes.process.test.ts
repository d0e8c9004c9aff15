/**
 * The scope matrix: every route of the table × how a token is sent × what it may do.
 * Vulnerability: a token's scope is checked for one kind of header and not for another, or by some handlers and not by
 * others; a repository that a token may not see answers otherwise than one that does not exist.
 * Verified: the verdict depends on the token and the table's row alone.
 */
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../../protocol/names.ts';
import { TOKEN_SCOPES, type TokenScope } from '../../protocol/access/token-scopes.ts';
import { CODER, type ForgeRig, startRig } from '../testing/forge-rig.ts';
import type { GiteaRoute } from './route.ts';
import { ROUTES } from './table.ts';

const web = 'web' as ProjectName;
const READ: readonly TokenScope[] = TOKEN_SCOPES.filter((scope) => scope.startsWith('read:'));
const TOKENS = {
  read: { scopes: READ, repositories: ['web/app'] },
  write: { scopes: TOKEN_SCOPES, repositories: ['web/app'] },
  other: { scopes: TOKEN_SCOPES, repositories: ['web/other'] },
} as const;
type Holder = keyof typeof TOKENS | 'none';
const HOLDERS = ['none', 'read', 'write', 'other'] as const satisfies readonly Holder[];

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const WAYS: Readonly<Record<string, (token: string) => string>> = {
  'token header': (token) => `token ${token}`,
  Bearer: (token) => `Bearer ${token}`,
  'Basic, password': (token) => basic(`coder:${token}`),
  'Basic, name': (token) => basic(`${token}:x-oauth-basic`),
};

let rig: ForgeRig;
let values: ReadonlyMap<Holder, string>;
let head: string;

beforeAll(async () => {
  rig = await startRig({ maxTokens: 1_000 });
  await rig.setProjects({ web: { coder: 'merge' } });
  const work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  for (const name of ['app', 'other'])
    await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/${name}.git`, 'main', 'main:next');
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'more');
  await rig.git('-C', work, 'push', '-q', '-f', `${rig.urlOf(CODER)}/web/app.git`, 'main:next');
  head = (await rig.git('-C', work, 'rev-parse', 'main')).stdout.trim();
  await rig.agent(CODER).call('openPull', { owner: web, name: 'app' as RepoName, head: 'next', title: 'More' });
  values = await makeTokens('');
});
afterAll(() => rig.close());

/** One of each kind: each has an allowance of its own. */
async function makeTokens(suffix: string): Promise<ReadonlyMap<Holder, string>> {
  const made = new Map<Holder, string>();
  for (const [kind, { scopes, repositories }] of Object.entries(TOKENS)) {
    const limits = { scopes: [...scopes], repositories: [...repositories] };
    const wanted = { ...limits, name: `${kind}${suffix}`, owner: CODER, days: 1 };
    made.set(kind as Holder, (await rig.operator.call('createForgeToken', wanted)).value);
  }
  return made;
}

const FILLINGS: Readonly<Record<string, string>> = {
  owner: 'web',
  repo: 'app',
  index: '1',
  sha: 'main',
  head: 'next',
  username: 'coder',
  id: '1',
  ref: 'main',
};
const STARS: Readonly<Record<string, string>> = {
  contents: 'a.txt',
  raw: 'a.txt',
  media: 'a.txt',
  compare: 'main...next',
  archive: 'main.tar.gz',
};
const fill = ({ path }: GiteaRoute) =>
  path
    .replaceAll(/:([A-Za-z]+)/g, (_, name: string) => FILLINGS[name] ?? name)
    .replace(/([a-z_]+)\/\*$/, (_, part: string) => `${part}/${STARS[part] ?? 'main'}`);

async function ask(method: string, path: string, authorization: string | null) {
  const answer = await fetch(`${rig.urlOf('tokens')}${path}`, {
    method,
    headers: { ...(authorization === null ? {} : { authorization }), 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });
  const text = await answer.text();
  return { status: answer.status, message: /"message":"([^"]*)/.exec(text)?.[1] ?? '' };
}

type Verdict = 'unauthenticated' | 'out of scope' | 'not there' | 'through';

function judge({ status, message }: { status: number; message: string }): Verdict {
  if (status === 401) return 'unauthenticated';
  if (status === 403 && message.includes('lacks the scope')) return 'out of scope';
  return status === 404 && message === 'There is no such repository that you can see.' ? 'not there' : 'through';
}

/** The verdict by the table. */
function expected(route: GiteaRoute, holder: Holder): Verdict {
  if (route.right === 'anybody') return 'through';
  if (holder === 'none') return 'unauthenticated';
  if (holder === 'read' && (route.scope?.startsWith('write:') ?? false)) return 'out of scope';
  return holder === 'other' && route.path.startsWith('/repos/:owner') ? 'not there' : 'through';
}

test.each(ROUTES.map((route, at) => [`${route.method} ${route.path}`, { route, at }] as const))(
  '%s',
  async (_, { route, at }) => {
    const path = `/api/v1${fill(route)}`;
    const own = await makeTokens(`-${at}`);
    for (const holder of HOLDERS) {
      const ways = holder === 'none' ? { nothing: () => null } : WAYS;
      for (const [way, header] of Object.entries(ways)) {
        const answer = await ask(route.method, path, header(own.get(holder) ?? ''));
        expect([holder, way, judge(answer), answer.message]).toEqual([
          holder,
          way,
          expected(route, holder),
          answer.message,
        ]);
        expect([holder, way, answer.status]).not.toEqual([holder, way, 500]);
      }
    }
  },
);

test('lists and searches leave out what a token may not see', async () => {
  for (const [holder, names] of [
    ['read', ['app']],
    ['write', ['app']],
    ['other', ['other']],
  ] as const)
    for (const path of ['/repos/search', '/users/web/repos']) {
      const answer = await fetch(`${rig.urlOf('tokens')}/api/v1${path}`, {
        headers: { authorization: `token ${values.get(holder)}` },
      });
      const found = (await answer.json()) as { name: string }[] | { data: { name: string }[] };
      expect([holder, path, (Array.isArray(found) ? found : found.data).map(({ name }) => name)]).toEqual([
        holder,
        path,
        names,
      ]);
    }
});

test('wrong, revoked and expired tokens, and those of agents that are gone, get the words of no token', async () => {
  const user = async (token: string) => ask('GET', '/api/v1/user', `token ${token}`);
  const none = await ask('GET', '/api/v1/user', null);
  const made = async (name: string, owner: typeof CODER | 'scout') =>
    (
      await rig.operator.call('createForgeToken', {
        name,
        owner: owner as typeof CODER,
        scopes: ['read:user'],
        days: 1,
      })
    ).value;
  const revoked = await made('revoked', CODER);
  expect((await user(revoked)).status).toBe(200);
  await rig.operator.call('removeForgeToken', { name: 'revoked' });
  const orphan = await made('orphan', 'scout');
  expect((await user(orphan)).status).toBe(200);
  await rig.forge.setRoster({
    agents: [rig.lineOf({ name: CODER, isManager: false, projects: { [web]: 'merge' } })],
    projects: [web],
  });
  for (const token of [revoked, orphan, `hvf_${'a'.repeat(43)}`, 'x']) expect(await user(token)).toEqual(none);
  expect((await rig.operator.call('listForgeTokens', {})).tokens.map(({ name }) => name)).not.toContain('orphan');
});

test('the value of a token is nowhere in the database, and its use is noted', async () => {
  await ask('GET', '/api/v1/user', `token ${values.get('read')}`);
  const { tokens } = await rig.operator.call('listForgeTokens', {});
  expect(tokens.find(({ name }) => name === 'read')).toMatchObject({ owner: 'coder', usedAt: expect.any(Number) });
  const names = (await readdir(`${rig.dir}/root`)).filter((name) => name.startsWith('forge.db'));
  const database = Buffer.concat(await Promise.all(names.map((name) => readFile(`${rig.dir}/root/${name}`))));
  expect(database.includes('read:repository')).toBe(true);
  for (const value of values.values()) expect(database.includes(value)).toBe(false);
});

/**
 * Vulnerability: the caller's `?service=` decides which right is asked for, while the path decides what is done.
 * Verified: with a token that only reads, every way to push is refused, whatever the query says.
 */
test('git over HTTP asks for the right of what it does, not of what the query says', async () => {
  const urlOf = (holder: Holder) => rig.urlOf('tokens').replace('//', `//any:${values.get(holder) ?? 'x'}@`);
  const lsRemote = async (holder: Holder) => (await rig.git('ls-remote', `${urlOf(holder)}/web/app.git`)).code;
  expect(await lsRemote('read')).toBe(0);
  expect(await lsRemote('write')).toBe(0);
  expect(await lsRemote('other')).not.toBe(0);
  expect(await lsRemote('none')).not.toBe(0);
  const push = (holder: Holder, branch: string) =>
    rig.git('-C', `${rig.dir}/work`, 'push', '-q', `${urlOf(holder)}/web/app.git`, `main:refs/heads/${branch}`);
  const refused = await push('read', 'no');
  expect([refused.code, refused.stderr]).toEqual([128, expect.stringContaining('it needs the scope write:repository')]);
  expect((await push('write', 'yes')).code).toBe(0);
  const body = `00a0${'0'.repeat(40)} ${head} refs/heads/no\0 report-status`;
  for (const service of ['', '?service=git-upload-pack', '?service=git-receive-pack&service=git-upload-pack']) {
    const answer = await fetch(`${rig.urlOf('tokens')}/web/app.git/git-receive-pack${service}`, {
      method: 'POST',
      headers: {
        authorization: `token ${values.get('read')}`,
        'content-type': 'application/x-git-receive-pack-request',
      },
      body,
    });
    expect([service, answer.status]).toEqual([service, 403]);
  }
  const refs = await rig.git(
    `--git-dir=${rig.repositoryDir('web/app')}`,
    'for-each-ref',
    '--format=%(refname:short)',
    'refs/heads',
  );
  expect(refs.stdout.trim().split('\n')).toEqual(['main', 'next', 'yes']);
  const asked = await fetch(`${rig.urlOf('tokens')}/web/app.git/info/refs?service=git-upload-pack`);
  expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="forge"']);
});

test('no operation of hivectl, the dashboard or hived is served to callers with tokens', async () => {
  for (const path of ['/api/repos', '/api/tokens', '/api/facts?after=0', '/api/pulls'])
    expect([path, (await ask('GET', path, `token ${values.get('write')}`)).status]).toEqual([path, 404]);
});
