import type { Command } from 'commander';
import { PULL_CHECK_WORDS } from '../../../../protocol/check-words.ts';
import { ENTRY_WORDS } from '../../../../protocol/pull-words.ts';
import { sayQueued } from '../../../../protocol/queue-words.ts';
import type { MergeState, PullDescription, PullEntry } from '../../../../protocol/schemas/pull.ts';
import type { CliContext } from '../../context.ts';
import { cleanText, oneLine } from '../../output/clean-text.ts';
import { sayAgo } from '../../output/say-figures.ts';
import { type ItemColumn, sayTable } from '../../output/say-table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { RUNS } from '../forge-checks.ts';
import { define, examples, given, ifGiven } from '../command.ts';
import { readPullPath } from './read-pull-path.ts';

/** `hivectl pr show` and `hivectl pr diff`. */
export function addPullShow(pr: Command, context: CliContext): void {
  const show = pr
    .command('show')
    .description('a pull request: its text, reviews, commits and files, and whether it can be merged')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12');
  examples(show, [['hivectl pr show web/app#12', '']]);
  define(show, context, async (terminal, _options, [path]) => {
    const answer = await context.forge.call('describePull', readPullPath(path));
    terminal.print(answer);
    sayPull(terminal, answer, context.now());
  });

  const diff = pr
    .command('diff')
    .description('what a pull request changes')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12')
    .option('--file <path>', 'one file only');
  examples(diff, [
    ['hivectl pr diff web/app#12', ''],
    ['hivectl pr diff web/app#12 --file src/main.ts', ''],
  ]);
  define(diff, context, async (terminal, options, [path]) => {
    const wanted = { ...readPullPath(path), ...given('path', ifGiven(options['file'], String)), limit: PAGE };
    let commit = '';
    let text = '';
    for (let offset: number | null = 0; offset !== null;) {
      const page: { commit: string; text: string; next: number | null } = await context.forge.call('diffPull', {
        ...wanted,
        offset,
      });
      ({ commit, next: offset } = page);
      text += page.text;
    }
    terminal.print({ commit, text });
    terminal.say(text === '' ? 'It changes nothing.' : cleanText(text).replace(/\n$/, ''));
  });
}

const PAGE = 400_000;

function sayPull(terminal: Terminal, answer: PullDescription, now: number): void {
  const { pull, body, entries, entriesLeftOut, commits, files, filesLeftOut, merge, queue } = answer;
  const name = `${pull.owner}/${pull.name}#${pull.number}`;
  terminal.say(`${name}: ${oneLine(pull.title)}`);
  const state = pull.state === 'open' && pull.draft ? 'draft' : pull.state;
  terminal.say(
    `${state}, by ${pull.author} ${sayAgo(pull.openedAt, now)}: ${oneLine(pull.head)} into ${oneLine(pull.base)}`,
  );
  terminal.say(`newest commit ${pull.commit}`);
  if (pull.labels.length > 0) terminal.say(`labels: ${pull.labels.map(({ name }) => oneLine(name)).join(', ')}`);
  if (body !== '') terminal.say(`\n${cleanText(body)}\n`);
  if (commits.length > 0) sayTable(terminal, COMMITS, { items: commits, now });
  if (files.length > 0) sayTable(terminal, FILES, { items: files, now });
  if (filesLeftOut > 0) terminal.say(`and ${filesLeftOut} more files`);
  if (entriesLeftOut > 0) terminal.say(`${entriesLeftOut} older entries are left out.`);
  for (const entry of entries) terminal.say(sayEntry(entry, now));
  sayChecks(terminal, merge.checks, now);
  if (merge.statuses.length > 0) sayTable(terminal, STATUSES, { items: merge.statuses, now });
  if (queue !== null) return terminal.say(`It ${oneLine(sayQueued(queue))}.`);
  sayMerge(terminal, { name, merge, state: pull.state });
}

function sayChecks(terminal: Terminal, { state, trouble, runs }: MergeState['checks'], now: number): void {
  if (state === 'none') return;
  terminal.say(`checks: ${oneLine(trouble ?? PULL_CHECK_WORDS[state])}`);
  if (runs.length > 0) sayTable(terminal, RUNS, { items: runs, now });
}

function sayMerge(terminal: Terminal, of: { name: string; merge: MergeState; state: string }): void {
  const { name, merge, state } = of;
  if (state !== 'open') return;
  if (merge.ready) return terminal.say(`It can be merged: hivectl pr merge ${name}`);
  terminal.say('It cannot be merged yet:');
  for (const reason of merge.reasons) terminal.say(`- ${oneLine(reason)}`);
}

function sayEntry(entry: PullEntry, now: number): string {
  const line = entry.lineNow ?? entry.line;
  const outdated = entry.isOutdated ? ' (outdated)' : '';
  const place = entry.path === null ? '' : ` at ${oneLine(entry.path)}${line === null ? '' : `:${line}`}${outdated}`;
  const words = entry.body === '' ? '' : `: ${oneLine(entry.body)}`;
  const id = entry.path === null ? '' : `[${entry.id}] `;
  const answers = entry.replyTo === null ? '' : `, answering [${entry.replyTo}]`;
  return `${sayAgo(entry.at, now)}  ${id}${entry.by} ${ENTRY_WORDS[entry.kind]}${place}${answers}${entry.stale ? ' (counts no more)' : ''}${words}`;
}

const COMMITS: readonly ItemColumn<PullDescription['commits'][number]>[] = [
  { title: 'COMMIT', value: ({ oid }) => oid.slice(0, 12) },
  { title: 'AUTHOR', value: ({ author }) => author },
  { title: '', shrinkTo: 16, value: ({ summary }) => summary },
];

const STATUSES: readonly ItemColumn<MergeState['statuses'][number]>[] = [
  { title: 'STATUS', value: ({ context }) => context },
  { title: 'BY', value: ({ by }) => by },
  { title: 'STATE', value: ({ state, refusal }) => (refusal === null ? state : `${state} (counts for nothing)`) },
  { title: 'REQUIRED', value: ({ required }) => (required ? 'yes' : 'no') },
  { title: '', shrinkTo: 16, value: ({ description, url }) => `${description} ${url}`.trim() },
];

const FILES: readonly ItemColumn<PullDescription['files'][number]>[] = [
  { title: 'ADDED', align: 'right', value: ({ added }) => (added === null ? 'binary' : String(added)) },
  { title: 'REMOVED', align: 'right', value: ({ removed }) => (removed === null ? '' : String(removed)) },
  { title: 'FILE', shrinkTo: 16, value: ({ path }) => path },
];
