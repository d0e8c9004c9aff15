import { type Command, Option } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { OPERATOR } from '../../../protocol/names.ts';
import {
  type CommitStatus,
  type RequiredStatus,
  requiredStatus,
  STATUS_STATES,
} from '../../../protocol/schemas/status.ts';
import type { CliContext } from '../context.ts';
import { saySince } from '../output/say-figures.ts';
import type { ItemColumn } from '../output/say-table.ts';
import { define, examples } from './command.ts';
import { defineList } from './list.ts';
import { readRepoPath } from './read-repo-path.ts';

/** `hivectl forge status`: what systems outside of the hive say about commits. */
export function addForgeStatuses(forge: Command, context: CliContext): void {
  const status = forge.command('status').description('what systems outside of the hive say about commits');
  const ls = status
    .command('ls')
    .description('what was said about a commit, the newest first')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('COMMIT', 'its full id');
  examples(ls, [['hivectl forge status ls web/app 0123456789abcdef0123456789abcdef01234567', '']]);
  defineList(ls, context, {
    read: (_options, [path, commit = '']) => ({ ...readRepoPath(path), commit }),
    ask: (wanted) => context.forge.call('listStatuses', wanted),
    items: ({ statuses }) => statuses,
    columns: COLUMNS,
    empty: () => 'Nobody has said anything about that commit.',
  });

  const set = status
    .command('set')
    .description('say something about a commit, instead of what you said in that context before')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('COMMIT', 'its full id')
    .argument('CONTEXT', 'what it is about, e.g. ci/build')
    .addOption(new Option('--state <state>', 'what you say').choices(STATUS_STATES).makeOptionMandatory())
    .option('--description <text>', 'a line for people', '')
    .option('--url <url>', 'a page with more', '');
  examples(set, [
    [
      'hivectl forge status set web/app 0123456789abcdef0123456789abcdef01234567 ci/build --state success',
      'counts where a rule asks for it: hivectl forge rule set … --status ci/build',
    ],
  ]);
  define(set, context, async (terminal, options, [path, commit = '', name = '']) => {
    const state = STATUS_STATES.find((one) => one === options['state']) ?? 'pending';
    const said = { context: name, state, description: String(options['description']), url: String(options['url']) };
    const answer = await context.forge.call('setStatus', { ...readRepoPath(path), commit, ...said });
    terminal.print(answer);
    terminal.say(`${name} of ${commit.slice(0, 12)} is ${state}.`);
  });
}

const COLUMNS: readonly ItemColumn<CommitStatus>[] = [
  { title: 'CONTEXT', value: ({ context }) => context },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'BY', value: ({ by }) => by },
  { title: 'SINCE', value: ({ updatedAt }, now) => saySince(updatedAt, now) },
  { title: '', shrinkTo: 16, value: ({ description, url }) => `${description} ${url}`.trim() },
];

/** `NAME` or `NAME@WHO`, as typed. Throws `invalid_input`. */
export function readRequiredStatus(typed: string): RequiredStatus {
  const [context = '', by = OPERATOR, ...rest] = typed.split('@');
  const read = requiredStatus.safeParse({ context, by });
  if (read.success && rest.length === 0) return read.data;
  throw new HiveError(
    'invalid_input',
    `--status is NAME, or NAME@WHO with the name of an agent, not "${typed}". NAME may not contain "@".`,
  );
}

export function sayRequiredStatus({ context, by }: RequiredStatus): string {
  return `${context}@${by}`;
}
