import type { Command } from 'commander';
import { CHECK_WORDS, PULL_CHECK_WORDS, sayRunDetails } from '../../../protocol/check-words.ts';
import type { CheckDescription, CheckNote, CheckRun } from '../../../protocol/schemas/check.ts';
import type { CliContext } from '../context.ts';
import { cleanText, oneLine } from '../output/clean-text.ts';
import { saySince } from '../output/say-figures.ts';
import { type ItemColumn, sayTable } from '../output/say-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, examples, given } from './command.ts';
import { addForgeArtifacts, sayArtifacts } from './forge-artifacts.ts';
import { addForgeCaches } from './forge-caches.ts';
import { defineList } from './list.ts';
import { readPullPath } from './pr/read-pull-path.ts';
import { readRepoPath } from './read-repo-path.ts';
import { readRun } from './read-run.ts';

/** `hivectl forge check`: what ran for commits before they are merged. */
export function addForgeChecks(forge: Command, context: CliContext): void {
  const check = forge.command('check').description('what runs for pull requests before they are merged');
  addList(check, context);
  addShow(check, context);
  addLog(check, context);
  addRetry(check, context);
  addRun(check, context);
  addForgeArtifacts(check, context);
  addForgeCaches(check, context);
}

function addList(check: Command, context: CliContext): void {
  const ls = check
    .command('ls')
    .description('the newest runs of the checks of a repository, or of one pull request')
    .argument('OWNER/NAME[#NUMBER]', 'e.g. web/app or web/app#12');
  examples(ls, [
    ['hivectl forge check ls web/app', ''],
    ['hivectl forge check ls web/app#12', 'of one pull request'],
  ]);
  defineList(ls, context, {
    read: (_options, [path]) => readRepoOrPull(path),
    ask: (query) => context.forge.call('listChecks', query),
    items: ({ runs }) => runs,
    columns: RUNS,
    empty: () => 'No check ran there. A file .hive/checks.yaml on the base branch declares them.',
  });
}

function addShow(check: Command, context: CliContext): void {
  const show = check
    .command('show')
    .description('one run: what it ran, how it ended, and the places that it named')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('RUN', 'its number in "forge check ls"');
  examples(show, [['hivectl forge check show web/app 7', '']]);
  define(show, context, async (terminal, _options, [path, run]) => {
    const answer = await context.forge.call('describeCheck', { ...readRepoPath(path), run: readRun(run) });
    terminal.print(answer);
    sayCheck(terminal, answer, context.now());
  });
}

function addLog(check: Command, context: CliContext): void {
  const log = check
    .command('log')
    .description("a run's output")
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('RUN', 'its number in "forge check ls"');
  examples(log, [['hivectl forge check log web/app 7', '']]);
  define(log, context, async (terminal, _options, [path, number]) => {
    const wanted = { ...readRepoPath(path), run: readRun(number), limit: PAGE };
    const pages: string[] = [];
    let before: number | null = null;
    let run: CheckRun;
    do {
      const page: { run: CheckRun; text: string; before: number | null } = await context.forge.call('readCheckLog', {
        ...wanted,
        ...given('before', before ?? undefined),
      });
      ({ before, run } = page);
      pages.unshift(page.text);
    } while (before !== null);
    const text = pages.join('');
    terminal.print({ run, text });
    terminal.say(text === '' ? 'It printed nothing.' : cleanText(text).replace(/\n$/, ''));
  });
}

function addRetry(check: Command, context: CliContext): void {
  const retry = check
    .command('retry')
    .description('run a check again for the same commit')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('RUN', 'its number in "forge check ls"');
  examples(retry, [['hivectl forge check retry web/app 7', '']]);
  define(retry, context, async (terminal, _options, [path, run]) => {
    const repo = readRepoPath(path);
    const answer = await context.forge.call('retryCheck', { ...repo, run: readRun(run) });
    terminal.print(answer);
    terminal.say(
      `${answer.run.check} runs again, as run ${answer.run.id}: hivectl forge check show ${repo.owner}/${repo.name} ${answer.run.id}`,
    );
  });
}

function addRun(check: Command, context: CliContext): void {
  const run = check
    .command('run')
    .description('run the checks of a pull request with the newest commit of its base')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12');
  examples(run, [['hivectl forge check run web/app#12', 'after its base got commits']]);
  define(run, context, async (terminal, _options, [path]) => {
    const answer = await context.forge.call('requestChecks', readPullPath(path));
    terminal.print(answer);
    terminal.say(`checks of ${path ?? ''}: ${PULL_CHECK_WORDS[answer.checks.state]}`);
  });
}

/** Characters of one page of an output. */
const PAGE = 200_000;

/** The columns of a table of runs. */
export const RUNS: readonly ItemColumn<CheckRun>[] = [
  { title: 'RUN', align: 'right', value: ({ id }) => String(id) },
  { title: 'CHECK', value: ({ check }) => check },
  { title: 'STATE', value: ({ state }) => CHECK_WORDS[state] },
  { title: 'SINCE', value: ({ queuedAt, startedAt, endedAt }, now) => saySince(endedAt ?? startedAt ?? queuedAt, now) },
  { title: '', shrinkTo: 16, value: sayRunDetails },
];

function sayCheck(terminal: Terminal, answer: CheckDescription, now: number): void {
  const { run, pull, commit, setup, command, timeoutMs, notes, artifacts, attempts } = answer;
  const details = sayRunDetails(run);
  terminal.say(
    `${run.check}, run ${run.id}: ${CHECK_WORDS[run.state]}${details === '' ? '' : `; ${oneLine(details)}`}`,
  );
  terminal.say(`of ${pull === null ? 'the merge queue' : `pull request #${pull}`}, for the commit ${commit}`);
  if (setup !== '') terminal.say(`setup: ${oneLine(setup)}`);
  terminal.say(`command: ${oneLine(command)}, for at most ${timeoutMs / 1_000} seconds`);
  for (const note of notes) terminal.say(sayNote(note));
  if (artifacts.length > 0) sayArtifacts(terminal, artifacts, now);
  if (attempts.length > 1) sayTable(terminal, RUNS, { items: attempts, now });
}

function sayNote({ level, path, line, message }: CheckNote): string {
  const place = path === null ? '' : ` ${oneLine(path)}${line === null ? '' : `:${line}`}`;
  return `${level}${place}: ${oneLine(message)}`;
}

function readRepoOrPull(typed: string | undefined) {
  if (typed?.includes('#') !== true) return readRepoPath(typed);
  const { number, ...repo } = readPullPath(typed);
  return { ...repo, pull: number };
}
