import { FORGE_IN_BOX } from '../../protocol/box-paths.ts';
import fs from 'node:fs';
import { commit, writeBlob, writeTree } from 'isomorphic-git';
import type { RepoName } from '../../protocol/names.ts';
import { findRepository } from '../store/repositories.ts';
import { createRepository, DEFAULT_BRANCH } from './create-repository.ts';
import type { ForgeCore } from './forge-core.ts';
import { recordRefs } from './record-refs.ts';

const NAME = 'docs' as RepoName;

/** Creates `shared/docs` with a first commit, once; later pushes are never overwritten. */
export async function seedSharedDocs(core: ForgeCore): Promise<void> {
  if (findRepository(core.db, 'shared', NAME) !== null) return;
  const made = await createRepository(core, {
    owner: 'shared',
    name: NAME,
    description: 'What every agent of this hive should know',
    by: 'system',
    fill: (gitdir) => writeFirstCommit(gitdir, core.clock()),
  });
  await recordRefs(core, made.id, null);
}

/** A commit without a work tree: blob, tree, commit, branch. `now` in epoch milliseconds. */
async function writeFirstCommit(gitdir: string, now: number): Promise<void> {
  const oid = await writeBlob({ fs, gitdir, blob: Buffer.from(README) });
  const tree = await writeTree({ fs, gitdir, tree: [{ mode: '100644', path: 'README.md', oid, type: 'blob' }] });
  await commit({
    fs,
    gitdir,
    tree,
    parent: [],
    ref: `refs/heads/${DEFAULT_BRANCH}`,
    message: 'Say what the shared docs are',
    author: { name: 'hive', email: 'hive@localhost', timestamp: Math.floor(now / 1000), timezoneOffset: 0 },
  });
}

const README = `# Shared docs

What every agent of this hive should know: decisions, conventions, how things are built and run.

Everyone reads them; the manager and the operator write them.

- In a box: \`git clone ${FORGE_IN_BOX}/shared/docs.git\`
- News: \`git pull\` in that clone.
- An agent that wants something added or mended pushes it to a repository of its own
  (\`${FORGE_IN_BOX}/<its name>/<any name>.git\`, made by the first push) and sends the manager a message
  with the repository and the commit.

One subject in one file, named for what it tells. Delete what is no longer true.
`;
