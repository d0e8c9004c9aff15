import { type Command, Option } from 'commander';
import { PULL_STATES, personName, type PullView } from '../../../../protocol/schemas/pull.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import type { CliContext } from '../../context.ts';
import { saySince } from '../../output/say-figures.ts';
import { examples, given, ifGiven, readCount } from '../command.ts';
import { defineList } from '../list.ts';
import { readRepoPath } from '../read-repo-path.ts';

const MOST = 100;

/** `hivectl pr ls`. */
export function addPullList(pr: Command, context: CliContext): void {
  const ls = pr
    .command('ls')
    .description('pull requests, the newest first')
    .argument('[OWNER/NAME]', 'of one repository')
    .addOption(new Option('--state <state>', 'which ones').choices(PULL_STATES).default('open'))
    .option('--author <name>', 'those of an agent, or of "operator"')
    .option('--label <name>', 'those with a label')
    .option('--count <n>', `at most so many, up to ${MOST}`);
  examples(ls, [
    ['hivectl pr ls', ''],
    ['hivectl pr ls web/app --state merged', ''],
  ]);
  defineList(ls, context, {
    read: (options, [path]) => ({
      ...(path === undefined ? {} : readRepoPath(path)),
      state: PULL_STATES.find((state) => state === options['state']) ?? 'open',
      ...given('author', ifGiven(options['author'], readAuthor)),
      ...given('label', ifGiven(options['label'], String)),
      limit: Math.min(MOST, readCount(options, 30)),
    }),
    ask: (query) => context.forge.call('listPulls', query),
    items: ({ pulls }) => pulls,
    columns: [
      { title: 'PULL REQUEST', value: ({ owner, name, number }: PullView) => `${owner}/${name}#${number}` },
      { title: 'AUTHOR', value: ({ author }) => author },
      { title: 'BRANCHES', shrinkTo: 16, value: ({ head, base }) => `${head} into ${base}` },
      { title: 'CHANGED', value: ({ updatedAt }, now) => saySince(updatedAt, now) },
      { title: 'LABELS', shrinkTo: 8, value: ({ labels }) => labels.map(({ name }) => name).join(', ') },
      { title: 'TITLE', shrinkTo: 16, value: ({ title, draft }) => (draft ? `(draft) ${title}` : title) },
    ],
    empty: ({ state, label }) =>
      label !== undefined
        ? `No pull request with that label is ${state}.`
        : state === 'open'
          ? 'No pull request is open. Open one for a branch: hivectl pr open OWNER/NAME BRANCH --title TEXT'
          : `No pull request is ${state}.`,
    below: (terminal, { next }) => {
      if (next !== null) terminal.say(`There are older ones: --count shows up to ${MOST}.`);
    },
  });
}

function readAuthor(text: string) {
  const parsed = personName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `"${text}" is no author: name an agent, or "operator".`);
}
