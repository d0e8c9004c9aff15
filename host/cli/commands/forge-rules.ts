import { type Command, Option } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { type BranchRule, DIRECT_PUSHES } from '../../../protocol/schemas/pull.ts';
import type { CliContext } from '../context.ts';
import type { ItemColumn } from '../output/say-table.ts';
import { collect, define, examples } from './command.ts';
import { defineList } from './list.ts';
import { readRequiredStatus, sayRequiredStatus } from './forge-statuses.ts';
import { readRepoPath } from './read-repo-path.ts';

/** `hivectl forge rule`. */
export function addForgeRules(forge: Command, context: CliContext): void {
  const rule = forge.command('rule').description('protected branches');
  const ls = rule.command('ls').description('the rules of a repository').argument('OWNER/NAME', 'e.g. web/app');
  examples(ls, [['hivectl forge rule ls web/app', '']]);
  defineList(ls, context, {
    read: (_options, [path]) => readRepoPath(path),
    ask: (repo) => context.forge.call('listRules', repo),
    items: ({ rules }) => rules,
    columns: COLUMNS,
    empty: ({ owner, name }) =>
      `${owner}/${name} has no rules of its own. The default branch of a project's repository is protected anyway.`,
  });

  const set = rule
    .command('set')
    .description('protect branches, or change their rule')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('PATTERN', 'a branch; "*" stands for anything but "/", "**" for anything')
    .option('--approvals <n>', 'approvals that a pull request needs', '1')
    .addOption(
      new Option('--direct <who>', 'who may push without a pull request: nobody, or those who may merge')
        .choices(DIRECT_PUSHES)
        .default('nobody'),
    )
    .option('--keep-on-rebase', 'approvals count for a later commit, too, that makes the same change on a newer base')
    .option('--owners', 'each changed path needs an approval of an owner, as .hive/CODEOWNERS in the branch names them')
    .option('--role <role>', 'an agent with this role has to approve; may be given several times', collect)
    .option(
      '--status <name[@who]>',
      "a status of the newest commit that has to be success, set by this agent or by the operator's tokens; may be given several times",
      collect,
    )
    .option('--queue', 'pull requests are merged through a merge queue alone, which tests them together first');
  examples(set, [
    ['hivectl forge rule set web/app main --approvals 2', ''],
    ['hivectl forge rule set web/app main --role judge --owners', 'a judge and the owners of the changed paths'],
    ['hivectl forge rule set web/app main --queue', 'with a merge queue'],
    [
      'hivectl forge rule set web/app main --status ci/build',
      "a build outside has to say so with a token of the operator's",
    ],
    ['hivectl forge rule set web/app main --status audit@judge', 'or the agent judge'],
    ['hivectl forge rule set web/app "release/*" --approvals 0 --direct merge', ''],
  ]);
  define(set, context, async (terminal, options, [path, pattern = '']) => {
    const direct = DIRECT_PUSHES.find((one) => one === options['direct']) ?? 'nobody';
    const keepOnRebase = options['keepOnRebase'] === true;
    const owners = options['owners'] === true;
    const roles = Array.isArray(options['role']) ? (options['role'] as string[]) : [];
    const queue = options['queue'] === true;
    const wanted = Array.isArray(options['status']) ? (options['status'] as string[]) : [];
    const statuses = wanted.map(readRequiredStatus);
    const made = {
      pattern,
      approvals: readApprovals(options['approvals']),
      direct,
      keepOnRebase,
      owners,
      roles,
      queue,
      statuses,
    };
    const repo = readRepoPath(path);
    terminal.print(await context.forge.call('setRule', { ...repo, ...made }));
    terminal.say(`${repo.owner}/${repo.name}: ${pattern} is protected. ${sayRule(made)}`);
  });

  const rm = rule
    .command('rm')
    .description('remove a rule')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('PATTERN', 'as it was set');
  examples(rm, [['hivectl forge rule rm web/app "release/*"', '']]);
  define(rm, context, async (terminal, _options, [path, pattern = '']) => {
    const repo = readRepoPath(path);
    terminal.print(await context.forge.call('removeRule', { ...repo, pattern }));
    terminal.say(`${repo.owner}/${repo.name} has no rule for ${pattern} any more.`);
  });
}

const COLUMNS: readonly ItemColumn<BranchRule>[] = [
  { title: 'BRANCHES', value: ({ pattern }) => pattern },
  { title: 'APPROVALS', align: 'right', value: ({ approvals }) => String(approvals) },
  { title: 'OWNERS', value: ({ owners }) => (owners ? 'yes' : 'no') },
  { title: 'ROLES', value: ({ roles }) => roles.join(', ') },
  { title: 'KEPT ON REBASE', value: ({ keepOnRebase }) => (keepOnRebase ? 'yes' : 'no') },
  { title: 'PUSHED BY', value: ({ direct }) => (direct === 'nobody' ? 'nobody' : 'those who may merge') },
  { title: 'STATUSES', value: ({ statuses }) => statuses.map(sayRequiredStatus).join(', ') },
  { title: 'QUEUE', value: ({ queue }) => (queue ? 'yes' : 'no') },
];

function sayRule({ approvals, direct, keepOnRebase, owners, roles, queue, statuses }: BranchRule): string {
  const needs = approvals === 0 ? 'no approval' : approvals === 1 ? 'one approval' : `${approvals} approvals`;
  return [
    `A pull request needs ${needs}; ${direct === 'nobody' ? 'nobody may push to it' : 'those who may merge may push to it'}.`,
    ...(roles.length === 0 ? [] : [`Agents with these roles have to approve: ${roles.join(', ')}.`]),
    ...(owners ? ['Owners of the changed paths have to approve.'] : []),
    ...(keepOnRebase ? ['Approvals stay over a rebase that changes nothing else.'] : []),
    ...(statuses.length === 0 ? [] : [`Its newest commit needs ${statuses.map(sayRequiredStatus).join(', ')}.`]),
    ...(queue ? ['Merges go through its queue.'] : []),
  ].join(' ');
}

function readApprovals(text: unknown): number {
  const count = Number(text);
  if (/^\d+$/.test(String(text)) && count <= 10) return count;
  throw new HiveError('invalid_input', `--approvals is a number from 0 to 10, not "${String(text)}".`);
}
