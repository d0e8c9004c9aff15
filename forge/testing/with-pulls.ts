import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect } from 'vitest';
import type { ProjectName, RepoName } from '../../protocol/names.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from './forge-rig.ts';

/** The repository of a project with a worker, a judge and the manager, who only reads; a new forge for each test. */
export const app = { owner: 'web' as ProjectName, name: 'app' as RepoName };

/** Registers the hooks that make it. The returned object is filled before each test. */
export function withPulls() {
  const it = {} as { rig: ForgeRig; work: string };
  beforeEach(async () => {
    it.rig = await startRig();
    await it.rig.setProjects({ web: { coder: 'write', scout: 'review' } });
    it.work = await it.rig.makeWork('work', { 'a.txt': 'one\n', 'b.txt': 'b\n' });
    await it.rig.git('-C', it.work, 'push', '-q', urlOf(CODER), 'main');
  });
  afterEach(() => it.rig.close());

  const urlOf = (who: Parameters<ForgeRig['urlOf']>[0]) => `${it.rig.urlOf(who)}/web/app.git`;

  return Object.assign(it, {
    urlOf,
    /** A commit on a branch of the work tree, pushed. */
    async pushChange(
      branch: string,
      [file, text]: readonly [file: string, text: string],
      { from = 'main', as = CODER as Parameters<ForgeRig['urlOf']>[0] } = {},
    ): Promise<string> {
      const git = (...argv: string[]) => it.rig.git('-C', it.work, ...argv);
      await git('checkout', '-q', '-B', branch, from);
      await git('rm', '-q', '--cached', '--ignore-unmatch', file);
      await writeFile(`${it.work}/${file}`, text);
      await git('add', file);
      await git('commit', '-q', '-m', `change ${file}`);
      expect((await git('push', '-q', '-f', urlOf(as), branch)).stderr).toBe('');
      return (await git('rev-parse', branch)).stdout.trim();
    },
    open: (head: string, more: object = {}) =>
      it.rig.agent(CODER).call('openPull', { ...app, head, title: `Merge ${head}`, ...more }),
    describe: (number: number) => it.rig.agent(SCOUT).call('describePull', { ...app, number }),
    approve: (number: number, commit: string) =>
      it.rig.agent(SCOUT).call('reviewPull', { ...app, number, verdict: 'approve', commit }),
    /** The commit of main. */
    main: async () =>
      (await it.rig.git(`--git-dir=${it.rig.repositoryDir('web/app')}`, 'rev-parse', 'main')).stdout.trim(),
    /** The mail of all facts: who gets which words. */
    mails: async () =>
      (await it.rig.facts()).flatMap(({ mail }) =>
        mail.map(
          ({ to, body }) => `${to}: ${body.map((part) => (typeof part === 'string' ? part : part.quote)).join('')}`,
        ),
      ),
  });
}
