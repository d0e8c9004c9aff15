/** hive/config with a real forge: what is declared is kept as files, with a commit for each change. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CODER, type ForgeRig, MANAGER, startRig } from '../forge/testing/forge-rig.ts';
import type { DeclaredFile } from '../host/daemon/modules/declared-state/compose-files.ts';
import { declaredStateModule } from '../host/daemon/modules/declared-state/module.ts';
import type { ProjectName, RepoName } from '../protocol/names.ts';

const web = 'web' as ProjectName;
let rig: ForgeRig;
let files: DeclaredFile[];
let errors: unknown[];
let stop: () => Promise<void>;
let hear: (kind: string, data: object, agent?: string) => void;

beforeAll(async () => {
  rig = await startRig();
  await rig.setProjects({ web: { coder: 'write' } });
});
afterAll(() => rig.close());

function begin(isOn = true): void {
  const module = declaredStateModule({ isOn, files: () => files, socket: rig.socketOf('operator') });
  const stopping = new AbortController();
  const broke: unknown[] = [];
  errors = broke;
  const running = module.run(stopping.signal, (error) => broke.push(error));
  hear = (kind, data, agent) => module.onEvent({ kind, data, agent: agent ?? null } as never);
  stop = async () => {
    stopping.abort();
    await running;
  };
}

const git = async (...argv: string[]) =>
  (await rig.git(`--git-dir=${rig.repositoryDir('hive/config')}`, ...argv)).stdout.trim();
const log = async () => (await git('log', '--format=%an|%cn|%s', 'main')).split('\n');
const show = (path: string) => git('show', `main:${path}`);
const file = (path: string, text: string) => ({ path, text: `${text}\n` });

test('each change is a commit by whoever made it; what is the same makes none, and only the operator writes there', async () => {
  files = [file('agents/coder/spec.yaml', 'role: coder'), file('agents/scout/spec.yaml', 'role: scout')];
  begin();
  await expect.poll(log).toEqual(['hive|hive|The declared state as it is now']);
  files = [file('agents/coder/spec.yaml', 'role: judge')];
  hear('agent.changed', { fields: ['role'], by: 'hivectl' }, 'coder');
  await expect.poll(async () => (await log())[0]).toBe('hivectl|hive|coder changed: role, by hivectl');
  expect(await git('ls-tree', '-r', '--name-only', 'main')).toBe('agents/coder/spec.yaml');
  hear('agent.desired', { desired: 'running', by: 'dashboard' }, 'coder');
  hear('turn.started', {}, 'coder');
  // Rules are the forge's own; its fact is the event.
  await rig.agent(CODER).call('createRepo', { owner: web, name: 'app' as RepoName });
  const rule = { owner: web, name: 'app' as RepoName, pattern: 'main', approvals: 2, direct: 'nobody' as const };
  await rig.operator.call('setRule', rule);
  hear('forge.rules_changed', { repo: 'web/app', by: 'operator', pattern: 'main', removed: false });
  await expect.poll(log).toHaveLength(3);
  expect((await log())[0]).toMatch(/^(?:operator|hive)\|hive\|/);
  expect(await show('rules/web/app.yaml')).toContain('approvals: 2');
  // The manager reads it, others do not know of it, and nobody but the operator pushes.
  const clone = `${rig.dir}/config`;
  expect((await rig.git('clone', '-q', `${rig.urlOf(MANAGER)}/hive/config.git`, clone)).code).toBe(0);
  await rig.git('-C', clone, 'commit', '-q', '--allow-empty', '-m', 'mine');
  expect((await rig.git('-C', clone, 'push', '-q', 'origin', 'main')).stderr).toContain('but not push to it');
  expect((await rig.git('clone', '-q', `${rig.urlOf(CODER)}/hive/config.git`, `${clone}-2`)).code).not.toBe(0);
  await stop();
  expect(errors).toEqual([]);
  expect(await git('fsck', '--full', '--strict')).toBe('');
});

test('what changed while nobody looked, or while the forge was away, is caught up with; a secret is in no commit', async () => {
  files = [file('agents/coder/spec.yaml', 'role: worker')];
  begin();
  await expect.poll(async () => show('agents/coder/spec.yaml')).toBe('role: worker');
  await rig.restart(async () => {
    files = [file('agents/coder/spec.yaml', 'role: painter')];
    hear('agent.changed', { fields: ['role'], by: 'hivectl' }, 'coder');
    hear('agent.created', { parent: null, role: 'x' }, 'new');
    await Promise.resolve();
  });
  await expect.poll(async () => show('agents/coder/spec.yaml')).toBe('role: painter');
  expect(await git('log', '-1', '--format=%an|%B', 'main')).toContain('coder changed: role, by hivectl');
  rig.learnSecrets([{ name: 'TOKEN', value: 'tok-1234567890' }]);
  files = [file('agents/coder/spec.yaml', 'role: tok-1234567890')];
  hear('agent.changed', { fields: ['role'], by: 'hivectl' }, 'coder');
  await expect.poll(() => errors).toMatchObject([{ code: 'contains_secret' }]);
  await stop();
  expect(await show('agents/coder/spec.yaml')).toBe('role: painter');
});

test('switched off, nothing is written', async () => {
  const before = await log();
  files = [];
  begin(false);
  hear('agent.changed', { fields: ['role'], by: 'hivectl' }, 'coder');
  await stop();
  expect(errors).toEqual([]);
  expect(await log()).toEqual(before);
});
