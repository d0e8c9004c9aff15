import { afterEach, expect, test } from 'vitest';
import type { RepoName } from '../../../protocol/names.ts';
import type { ImportView, MirrorView } from '../../../protocol/schemas/mirror.ts';
import type { WebhookDelivery, WebhookView } from '../../../protocol/schemas/webhook.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInForge } from '../testing/stand-in-forge.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

const REPO = { owner: 'shared' as const, name: 'lib' as RepoName };
const URL = 'https://git.test/o/lib';
const IMPORT: ImportView = {
  ...REPO,
  url: URL,
  state: 'running',
  step: 'fetching',
  percent: 40,
  error: null,
  leftOut: 0,
  startedAt: 1,
  endedAt: null,
};
const MIRROR: MirrorView = {
  ...REPO,
  id: 2,
  direction: 'push',
  url: URL,
  everyMs: null,
  branches: [],
  force: false,
  state: 'ok',
  step: null,
  percent: null,
  createdAt: 1,
  triedAt: 5,
  okAt: 5,
  nextAt: null,
  error: null,
  failingSince: null,
  refs: [],
  moreRefs: 0,
};
const WEBHOOK: WebhookView = {
  ...REPO,
  id: 3,
  url: URL,
  events: ['push'],
  createdAt: 1,
  waiting: 1,
  failingSince: null,
  disabledAt: null,
  error: null,
};
const DELIVERY: WebhookDelivery = {
  id: '00000000-0000-4000-8000-000000000001',
  event: 'push',
  state: 'failed',
  attempts: 12,
  createdAt: 1,
  dueAt: null,
  endedAt: 2,
  status: 500,
  response: 'no',
  error: 'https://git.test/o/lib answered 500.',
};

let hive: StandInHive;
let forge: Awaited<ReturnType<typeof openStandInForge>>;
afterEach(async () => {
  await forge.close();
  await hive.close();
});

/** Replaces the forge: notes the inputs of calls. */
async function open(answers: Record<string, () => object>): Promise<[string, unknown][]> {
  const asked: [string, unknown][] = [];
  const noting = Object.entries(answers).map(([name, answer]) => [
    name,
    (input: unknown) => {
      asked.push([name, input]);
      return answer();
    },
  ]);
  hive = await openStandInHive({});
  forge = await openStandInForge(hive.socket, Object.fromEntries(noting) as Record<string, (input: unknown) => object>);
  return asked;
}
const run = (...args: string[]) => runHivectl(hive.socket, ['forge', ...args]);

test('import shows how far it is, and the reason when it fails', async () => {
  const views: ImportView[] = [
    IMPORT,
    { ...IMPORT, step: 'checking', percent: null },
    { ...IMPORT, state: 'done', leftOut: 2 },
    { ...IMPORT, state: 'failed', error: 'The hive itself may not reach git.test.' },
  ];
  const asked = await open({
    importRepo: () => ({ import: IMPORT }),
    listImports: () => ({ imports: [views.length > 1 ? views.shift()! : views[0]!] }),
  });
  const done = await run('import', URL, 'shared/lib');
  expect(done.out).toBe(
    'fetches 40%\nchecks and stores\n2 branches and tags are left out: their names are not allowed here.\nImported shared/lib. Get it: hivectl forge git clone hive:shared/lib\n',
  );
  expect(asked[0]).toEqual(['importRepo', { ...REPO, url: URL }]);
  expect(await run('import', URL, 'shared/lib')).toMatchObject({
    code: 69,
    err: expect.stringContaining('may not reach git.test'),
  });
  expect((await run('imports')).out).toMatch(/shared\/lib +https:\/\/git\.test\/o\/lib +The hive itself may not/);
});

test('mirrors are added with what fits their direction, listed, and told by their end', async () => {
  let listed = MIRROR;
  const asked = await open({
    addMirror: () => ({ mirror: { ...MIRROR, state: 'new', triedAt: null, okAt: null } }),
    syncMirror: () => ({ mirror: { ...MIRROR, triedAt: 4 } }),
    removeMirror: () => ({ mirror: { ...MIRROR, direction: 'pull' } }),
    listMirrors: () => ({ mirrors: [listed] }),
  });
  const mirror = (...args: string[]) => run('mirror', ...args);
  const added = await mirror('add', 'shared/lib', '--push', URL, '--branch', 'stable', '--force');
  expect(added.out).toBe('2: shared/lib is published to https://git.test/o/lib.\n');
  await mirror('add', 'shared/lib', '--pull', URL, '--every', '6h', '--replace');
  expect(asked.filter(([name]) => name === 'addMirror').map(([, input]) => input)).toMatchObject([
    { ...REPO, direction: 'push', url: URL, branches: ['stable'], force: true },
    { ...REPO, direction: 'pull', url: URL, replaces: true, everyMs: 21_600_000 },
  ]);
  expect((await mirror('ls', 'shared/lib')).out).toMatch(
    /2 +shared\/lib +push https:\/\/git\.test\/o\/lib +ok .* after a change/,
  );
  expect((await mirror('sync', '2')).code).toBe(0);
  listed = { ...MIRROR, state: 'failing', error: 'it has other commits', failingSince: 5 };
  expect(await mirror('sync', '2')).toMatchObject({ code: 69, err: expect.stringContaining('it has other commits') });
  expect((await mirror('rm', '2')).out).toBe('shared/lib follows https://git.test/o/lib no longer.\n');
});

test.each([
  [['mirror', 'add', 'shared/lib'], '--pull URL'],
  [['mirror', 'add', 'shared/lib', '--pull', URL, '--push', URL], '--pull URL'],
  [['mirror', 'add', 'shared/lib', '--pull', URL, '--force'], 'are for --push'],
  [['mirror', 'add', 'shared/lib', '--push', URL, '--every', '1h'], 'are for --pull'],
  [['mirror', 'add', 'shared/lib', '--pull', URL, '--every', '1m'], '--every'],
  [['mirror', 'add', 'shared/lib', '--pull', 'https://me:word@git.test/r'], 'hivectl egress inject hive'],
  [['mirror', 'sync', 'x'], 'ID'],
  [['import', 'git@git.test:o/r', 'shared/lib'], 'https:// and http:// only'],
  [['import', URL, 'lib'], 'is not OWNER/NAME'],
  [['webhook', 'add', 'shared/lib', URL, '--event', 'fork'], '--event is one of'],
])('forge %j is one clear error', async (args, why) => {
  await open({});
  const { code, err } = await run(...args);
  expect(code).toBe(64);
  expect(err).toContain(why);
});

test('a webhook is added with its secret shown once, tried, and its deliveries listed', async () => {
  const asked = await open({
    addWebhook: () => ({ webhook: WEBHOOK, secret: 'shown-once' }),
    listWebhooks: () => ({ webhooks: [WEBHOOK] }),
    listDeliveries: () => ({ deliveries: [DELIVERY] }),
    testWebhook: () => ({ delivery: DELIVERY }),
    removeWebhook: () => ({ webhook: WEBHOOK }),
  });
  const webhook = (...args: string[]) => run('webhook', ...args);
  expect((await webhook('add', 'shared/lib', URL, '--event', 'push')).out).toContain('shown-once\n');
  expect(asked[0]).toEqual(['addWebhook', { ...REPO, url: URL, events: ['push'] }]);
  expect((await webhook('ls')).out).toMatch(/3 +shared\/lib +https:\/\/git\.test\/o\/lib +push +1 +ok/);
  expect((await webhook('log', '3')).out).toMatch(/push +failed +12 +500 +https:\/\/git\.test\/o\/lib answered 500/);
  expect(await webhook('test', '3')).toMatchObject({ code: 69, err: expect.stringContaining('answered 500') });
  expect((await webhook('rm', '3')).out).toContain('is called no longer');
});
