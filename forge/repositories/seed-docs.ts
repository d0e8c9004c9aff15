import { FORGE_IN_BOX } from '../../protocol/box-paths.ts';
import fs from 'node:fs';
import { commit, type TreeEntry, writeBlob, writeTree } from 'isomorphic-git';
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

/** A commit without a work tree: blobs, trees, commit, branch. `now` in epoch milliseconds. */
async function writeFirstCommit(gitdir: string, now: number): Promise<void> {
  await commit({
    fs,
    gitdir,
    tree: await writeFiles(gitdir, FIRST_FILES),
    parent: [],
    ref: `refs/heads/${DEFAULT_BRANCH}`,
    message: 'Say what the shared docs are',
    author: { name: 'hive', email: 'hive@localhost', timestamp: Math.floor(now / 1000), timezoneOffset: 0 },
  });
}

/** A directory: texts and further directories by their names. */
interface Files {
  readonly [name: string]: string | Files;
}

async function writeFiles(gitdir: string, files: Files): Promise<string> {
  const tree: TreeEntry[] = [];
  for (const [path, content] of Object.entries(files))
    if (typeof content === 'string')
      tree.push({
        mode: '100644',
        path,
        oid: await writeBlob({ fs, gitdir, blob: Buffer.from(content) }),
        type: 'blob',
      });
    else tree.push({ mode: '040000', path, oid: await writeFiles(gitdir, content), type: 'tree' });
  return writeTree({ fs, gitdir, tree });
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

\`skills/\` has instructions that every agent is offered: see its README.
`;

const SKILLS_README = `# Skills

A skill is a text for one kind of work. Every agent is told the name and the description of each, and reads the text
before such work. Once a change is on the default branch, it counts from each agent's next turn on.

To add one, make a directory with a file SKILL.md:

    skills/release/SKILL.md

    ---
    name: release
    description: How we release. Use it before you tag a version.
    ---

    1. Run the tests ...

- The name is that of the directory: small letters, digits and "-".
- The description is all that an agent knows before it reads the file, and every agent is told it with every request:
  say in one or two sentences what the skill is for and when to use it.
- Further files may lie beside SKILL.md: texts of at most 256 KiB, at most 40 for a skill. No links.
- Write for a model: short numbered steps, the exact commands, what to do when one fails.
- Delete what nobody needs: each skill costs tokens in every request.

\`hivectl prompt NAME\` shows the operator which skills an agent is offered, and why one is not.
`;

const SHIP_A_CHANGE = `---
name: ship-a-change
description: How a change gets into a repository of the hive's forge through a pull request. Use it before you push work that others will use, and when you get mail about a pull request of yours.
---

You need the tool open_pr. Without it you work in no project: push to a repository of your own
(${FORGE_IN_BOX}/YOUR-NAME/ANY-NAME.git) and send the repository and the commit to whoever asked.

1. Begin at the newest commit: \`git clone ${FORGE_IN_BOX}/OWNER/NAME.git\` (or \`git fetch\` in your clone), then
   \`git switch -c short-name origin/main\`.
2. Make one change, small enough to be read at once. \`.hive/checks.yaml\` says what will be checked: run that first.
3. Commit with a title that says what changes and a text that says why. \`git push -u origin short-name\`. If the push
   is refused, the line from "remote:" says why and what to do.
4. open_pr: title and body for somebody who does not know the task. Name who should judge it in reviewers.
5. End your turn. Do not wait or look again: you get mail about each of these.
   - A check failed: check_log shows the end of its output. Mend it, commit, push to the same branch.
   - Changes are wanted: read them with pr. Change the code or answer with review_pr (verdict comment), push, and say
     there what you did. You cannot approve your own work.
   - It conflicts (merge_pr says it, too): \`git fetch origin && git merge origin/main\`, solve it, run the checks, push. Do not rewrite commits that
     somebody has reviewed: approvals are lost.
   - It is approved: merge_pr with whenReady true. If you may not merge, ask whoever approved it.
6. When it is merged: tell whoever gave you the task, with the number. \`git switch main && git pull\` before the next one.

What you do not finish, close: edit_pr with state closed, and a comment that says why.
`;

const FIRST_FILES: Files = {
  'README.md': README,
  skills: { 'README.md': SKILLS_README, 'ship-a-change': { 'SKILL.md': SHIP_A_CHANGE } },
};
