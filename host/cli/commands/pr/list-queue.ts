import type { Command } from 'commander';
import { sayQueued } from '../../../../protocol/queue-words.ts';
import type { QueueEntryView, QueueView } from '../../../../protocol/schemas/queue.ts';
import type { CliContext } from '../../context.ts';
import { oneLine } from '../../output/clean-text.ts';
import { saySince } from '../../output/say-figures.ts';
import { examples, given, ifGiven } from '../command.ts';
import { defineList } from '../list.ts';
import { readRepoPath } from '../read-repo-path.ts';

/** `hivectl pr queue`. */
export function addPullQueue(pr: Command, context: CliContext): void {
  const queue = pr
    .command('queue')
    .description('the merge queue: what is merged next, what its checks test, and what waits for reviews')
    .argument('OWNER/NAME', 'e.g. web/app')
    .option('--branch <name>', 'of one branch');
  examples(queue, [['hivectl pr queue web/app', '']]);
  defineList(queue, context, {
    read: (options, [path]) => ({
      ...readRepoPath(path),
      ...given('branch', ifGiven(options['branch'], String)),
    }),
    ask: (query) => context.forge.call('listQueues', query),
    items: ({ queues }) => queues.flatMap(({ entries }) => entries),
    columns: [
      { title: 'PLACE', align: 'right', value: ({ position }: QueueEntryView) => position?.toString() ?? '' },
      { title: 'NUMBER', value: ({ number }) => `#${number}` },
      { title: 'AUTHOR', value: ({ author }) => author },
      { title: 'PRIORITY', value: ({ priority }) => priority },
      { title: 'SINCE', value: ({ at }, now) => saySince(at, now) },
      { title: 'STATE', shrinkTo: 20, value: (entry) => oneLine(sayQueued(entry)) },
      { title: 'TITLE', shrinkTo: 16, value: ({ title }) => title },
    ],
    empty: ({ owner, name }) =>
      `Nothing waits to be merged in ${owner}/${name}. "hivectl forge rule set ${owner}/${name} main --queue" gives main a merge queue.`,
    below: (terminal, { queues }) => {
      for (const { branch, runs } of queues) for (const run of runs) terminal.say(sayRun(branch, run));
    },
  });
}

function sayRun(branch: string, { numbers, purpose, state, tries, commit }: QueueView['runs'][number]): string {
  const what = numbers.map((number) => `#${number}`).join(', ');
  const why = purpose === 'search' ? ', to find which one fails' : '';
  const again = tries > 1 ? `, for the ${tries}. time` : '';
  return `${oneLine(branch)}: the checks of ${what}${why} ${state === 'running' ? 'run' : `have ${state}`}${again}, at ${commit.slice(0, 12)}.`;
}
