import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import type { CommitView } from '../../../protocol/schemas/repo.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/clean-text.ts';
import { saySince } from '../output/say-figures.ts';
import { type ItemColumn, sayTable } from '../output/say-table.ts';
import { define, examples, ifGiven, given } from './command.ts';
import { readRepoPath } from './read-repo-path.ts';

/** `hivectl forge show`: the answer of the agents' tool `repo`, for people. */
export function addForgeShow(forge: Command, context: CliContext): void {
  const show = forge
    .command('show')
    .description('the branches of a repository and the last commits of one of them')
    .argument('OWNER/NAME', 'e.g. scout/app')
    .option('--branch <name>', 'whose commits; the default branch otherwise');
  examples(show, [
    ['hivectl forge show scout/app', ''],
    ['hivectl forge show scout/app --branch fix', ''],
  ]);
  define(show, context, async (terminal, options, [path]) => {
    const answer = await context.forge.call('describeRepo', {
      ...readRepoPath(path),
      ...given('branch', ifGiven(options['branch'], String)),
    });
    terminal.print(answer);
    const { repo, branches, branch, commits } = answer;
    const now = context.now();
    const about = repo.description === '' ? '' : `: ${oneLine(repo.description)}`;
    terminal.say(`${repo.owner}/${repo.name}${about}`);
    terminal.say(`${prettyBytes(repo.sizeBytes)}, clones check out ${oneLine(repo.defaultBranch)}`);
    if (repo.forkOf !== null) terminal.say(`A fork of ${repo.forkOf}`);
    if (repo.follows !== undefined) terminal.say(`A mirror of ${repo.follows}`);
    if (branches.length === 0) return terminal.say('It has no branches yet.');
    sayTable(terminal, [{ title: 'BRANCH', value: ({ name }: (typeof branches)[number]) => name }, ...COMMIT_COLUMNS], {
      items: branches,
      now,
    });
    if (branches.length < repo.branches) terminal.say(`The newest of ${repo.branches} branches.`);
    if (commits.length === 0) return;
    terminal.say(`Last commits of ${oneLine(branch)}:`);
    sayTable(terminal, COMMIT_COLUMNS, { items: commits, now });
  });
}

/** A commit, also used for the newest commit of a branch. */
const COMMIT_COLUMNS: readonly ItemColumn<CommitView>[] = [
  { title: 'CHANGED', value: ({ at }, now) => saySince(at, now) },
  { title: 'COMMIT', value: ({ oid }) => oid.slice(0, 8) },
  { title: 'AUTHOR', value: ({ author }) => author },
  { title: '', shrinkTo: 12, value: ({ summary }) => summary },
];
