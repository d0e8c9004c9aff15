/**
 * Renovate, the real one, keeps a repository of the forge up to date: it finds a newer tag of another repository of the
 * forge, opens a pull request, and changes nothing when it runs again.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CODER, type ForgeRig } from '../forge/testing/forge-rig.ts';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import { type ForgeBehindDashboard, startForgeBehindDashboard } from './support/forge-behind-dashboard.ts';
import { installRenovate } from './support/renovate.ts';

/** Its several hundred packages are downloaded once. */
const INSTALL_MS = 300_000;
const app = { owner: 'web' as ProjectName, name: 'app' as RepoName };
let forge: ForgeBehindDashboard;
let rig: ForgeRig;
let program: string;

beforeAll(async () => {
  program = await installRenovate();
  forge = await startForgeBehindDashboard();
  rig = forge.rig;
  await rig.setProjects({ web: { coder: 'write' } });
  const lib = await rig.makeWork('lib', { 'lib.txt': 'lib\n' });
  for (const version of ['v1.0.0', 'v1.1.0', 'v2.0.0']) {
    await rig.git('-C', lib, 'commit', '-q', '--allow-empty', '-m', version);
    await rig.git('-C', lib, 'tag', version);
  }
  await rig.git('-C', lib, 'push', '-q', `${rig.urlOf(CODER)}/web/lib.git`, 'main', '--tags');
  const work = await rig.makeWork('work', {
    'versions.txt': '# from web/lib\nlib = v1.0.0\n',
    'renovate.json': JSON.stringify({
      customManagers: [
        {
          customType: 'regex',
          fileMatch: ['^versions\\.txt$'],
          matchStrings: ['lib = (?<currentValue>v\\S+)'],
          depNameTemplate: 'lib',
          packageNameTemplate: `${forge.base}/web/lib.git`,
          datasourceTemplate: 'git-tags',
        },
      ],
    }),
  });
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/app.git`, 'main');
}, INSTALL_MS);
afterAll(() => forge.stop());

/** Runs it once with a token; resolves with its exit code and its log. */
async function renovate(token: string): Promise<{ code: number; log: string }> {
  const home = join(rig.dir, 'renovate');
  await mkdir(home, { recursive: true });
  const config = join(home, 'config.json');
  await writeFile(
    config,
    JSON.stringify({
      platform: 'gitea',
      endpoint: `${forge.base}/`,
      repositories: ['web/app'],
      onboarding: false,
      enabledManagers: ['custom.regex'],
      separateMajorMinor: true,
      labels: ['dependencies', 'not there'],
      prHourlyLimit: 0,
      baseDir: home,
      githubTokenWarn: false,
      // For git itself, beside the platform's API.
      hostRules: [{ hostType: 'git-tags', matchHost: forge.origin, token }],
    }),
  );
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    RENOVATE_CONFIG_FILE: config,
    RENOVATE_TOKEN: token,
    LOG_LEVEL: 'debug',
    LOG_FORMAT: 'json',
    GIT_CONFIG_NOSYSTEM: '1',
    // Its own native module is not installed.
    RENOVATE_X_IGNORE_RE2: 'true',
  };
  return new Promise((resolve) => {
    const options = { env, cwd: home, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [program], options, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), log: stdout });
    });
  });
}

const pulls = async () => (await rig.agent(CODER).call('listPulls', app)).pulls;
/** The lines of a log that report a failure. */
const failures = (log: string) => log.split('\n').filter((line) => /"level":(?:40|50|60)/.test(line));

test('it opens a pull request for each newer version, and a second run leaves them as they are', async () => {
  const token = await forge.makeToken('renovate', CODER, ['write:repository', 'read:user', 'read:issue']);
  await rig.agent(CODER).call('setLabel', { ...app, label: 'dependencies' });
  const first = await renovate(token);
  expect([first.code, failures(first.log)]).toEqual([0, []]);
  const opened = await pulls();
  expect(opened.map(({ title, head, base, author }) => [title, head, base, author])).toEqual([
    ['Update dependency lib to v2', 'renovate/lib-2.x', 'main', 'coder'],
    ['Update dependency lib to v1.1.0', 'renovate/lib-1.x', 'main', 'coder'],
  ]);
  expect(opened.map(({ labels }) => labels.map(({ name }) => name))).toEqual([['dependencies'], ['dependencies']]);
  const { text } = await rig.agent(CODER).call('diffPull', { ...app, number: opened[1]!.number });
  expect(text).toContain('-lib = v1.0.0\n+lib = v1.1.0\n');
  const second = await renovate(token);
  expect([second.code, failures(second.log)]).toEqual([0, []]);
  expect((await pulls()).map(({ number, commit }) => [number, commit])).toEqual(
    opened.map(({ number, commit }) => [number, commit]),
  );
});
