import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { MIRROR_EVERY, type MirrorView } from '../../../protocol/schemas/mirror.ts';
import { pause } from '../../../system/pause.ts';
import type { CliContext } from '../context.ts';
import { saySince, sayUntil } from '../output/say-figures.ts';
import { readDuration } from '../read-duration.ts';
import { collect, define, examples, given, type Options, readNumber } from './command.ts';
import { readUrl } from './forge-import.ts';
import { defineList } from './list.ts';
import { readRepoPath } from './read-repo-path.ts';

const LOOK_EVERY_MS = 500;
/** The server outside is asked before the answer. */
const ADD_TIMEOUT_MS = 180_000;

/** `hivectl forge mirror`. */
export function addForgeMirrors(forge: Command, context: CliContext): void {
  const mirror = forge.command('mirror').description('repositories that follow one outside, or are published to one');
  addAdd(mirror, context);
  const ls = mirror
    .command('ls')
    .description('every mirror, with what became of its last try')
    .argument('[OWNER/NAME]', 'only those of this repository, with each branch and tag');
  examples(ls, [
    ['hivectl forge mirror ls', ''],
    ['hivectl forge mirror ls web/app', 'what was published last'],
  ]);
  defineList(ls, context, {
    read: (_options, [path]) => (path === undefined ? {} : readRepoPath(path)),
    ask: (of) => context.forge.call('listMirrors', of),
    items: ({ mirrors }) => mirrors,
    columns: [
      { title: 'ID', align: 'right', value: ({ id }) => String(id) },
      { title: 'REPOSITORY', value: ({ owner, name }) => `${owner}/${name}` },
      {
        title: 'MIRROR',
        shrinkTo: 16,
        value: ({ direction, url, force }) => `${direction} ${url}${force ? ' (force)' : ''}`,
      },
      { title: 'STATE', shrinkTo: 20, value: sayState },
      { title: 'DONE', value: ({ okAt }, now) => (okAt === null ? 'never' : saySince(okAt, now)) },
      { title: 'NEXT', value: ({ nextAt }, now) => (nextAt === null ? 'after a change' : sayUntil(nextAt, now)) },
    ],
    empty: () => 'There is no mirror. Add one: hivectl forge mirror add OWNER/NAME --push URL',
  });

  const sync = mirror
    .command('sync')
    .description('update it now, or publish all of it anew; waits until that is done')
    .argument('ID', 'its number in "mirror ls"');
  examples(sync, [['hivectl forge mirror sync 2', '']]);
  define(sync, context, async (terminal, _options, [text]) => {
    const id = readNumber(text, 'ID');
    const before = await context.forge.call('syncMirror', { id });
    const after = await untilTried(context, before.mirror);
    terminal.print({ mirror: after });
    sayEnd(terminal.say, after);
  });

  const rm = mirror
    .command('rm')
    .description('end a mirror; the repository stays as it is, and nothing outside changes')
    .argument('ID', 'its number in "mirror ls"');
  examples(rm, [['hivectl forge mirror rm 2', '']]);
  define(rm, context, async (terminal, _options, [text]) => {
    const answer = await context.forge.call('removeMirror', { id: readNumber(text, 'ID') });
    terminal.print(answer);
    const { owner, name, direction, url } = answer.mirror;
    terminal.say(
      direction === 'pull'
        ? `${owner}/${name} follows ${url} no longer.`
        : `${owner}/${name} is published to ${url} no longer.`,
    );
  });
}

function addAdd(mirror: Command, context: CliContext): void {
  const add = mirror
    .command('add')
    .description('have a repository follow one outside (--pull), or publish it to one (--push)')
    .argument('OWNER/NAME', 'with --pull it is made if it is not there')
    .option('--pull <url>', 'its branches and tags become those of this repository; it takes no pushes')
    .option('--every <duration>', 'with --pull: how often it is updated (default: 1h)')
    .option('--replace', 'with --pull: the repository has branches; those that are not outside are deleted')
    .option('--push <url>', 'its default branch and tags are published there after each change')
    .option('--branch <name>', 'with --push: this branch, too; may be given several times', collect)
    .option('--force', 'with --push: overwrite commits there');
  examples(add, [
    ['hivectl egress allow hive github.com', 'first: the hive reaches no host that is not allowed'],
    ['hivectl egress inject hive github.com --secret GITHUB --scheme basic', 'the token to push with'],
    ['hivectl forge mirror add web/app --push https://github.com/o/app', ''],
    ['hivectl forge mirror add shared/lib --pull https://github.com/o/lib --every 6h', ''],
  ]);
  define(add, context, async (terminal, options, [path]) => {
    const wanted = { ...readRepoPath(path), ...readMirror(options) };
    const answer = await context.forge.call('addMirror', wanted, { timeoutMs: ADD_TIMEOUT_MS });
    const after = await untilTried(context, answer.mirror);
    terminal.print({ mirror: after });
    sayEnd(terminal.say, after);
  });
}

function readMirror(options: Options) {
  const { pull, push, every, branch, force, replace } = options;
  if ((pull === undefined) === (push === undefined))
    throw new HiveError('invalid_input', 'Say --pull URL (follow it) or --push URL (publish to it).');
  if (push !== undefined) {
    if (every !== undefined || replace === true)
      throw new HiveError('invalid_input', '--every and --replace are for --pull.');
    const branches = Array.isArray(branch) ? branch.map(String) : [];
    return { direction: 'push' as const, url: readUrl(String(push)), branches, force: force === true };
  }
  if (branch !== undefined || force === true)
    throw new HiveError('invalid_input', '--branch and --force are for --push.');
  const range = { what: '--every', from: MIRROR_EVERY.least / 1_000, to: MIRROR_EVERY.most / 1_000 };
  const everyMs = every === undefined ? undefined : readDuration(String(every), range) * 1_000;
  return {
    direction: 'pull' as const,
    url: readUrl(String(pull)),
    replaces: replace === true,
    ...given('everyMs', everyMs),
  };
}

/** Waits until a mirror that is due was tried, or hivectl is interrupted. */
async function untilTried(context: CliContext, before: MirrorView): Promise<MirrorView> {
  const { id, owner, name } = before;
  let view: MirrorView | undefined = before;
  while (!context.signal.aborted) {
    const { mirrors } = await context.forge.call('listMirrors', { owner, name });
    view = mirrors.find((one) => one.id === id);
    if (view === undefined) throw new HiveError('not_found', `There is no mirror ${id} any more.`);
    if (view.state !== 'running' && view.triedAt !== null && view.triedAt !== before.triedAt) return view;
    await pause(LOOK_EVERY_MS, context.signal);
  }
  throw new HiveError('interrupted', 'The mirror goes on without you: hivectl forge mirror ls');
}

/** Throws `outside_failed` with the reason when the try failed. */
function sayEnd(say: (line: string) => void, { id, owner, name, direction, url, error }: MirrorView): void {
  if (error !== null) throw new HiveError('outside_failed', `Mirror ${id} failed and is tried again: ${error}`);
  say(
    direction === 'pull'
      ? `${id}: ${owner}/${name} is as ${url} is.`
      : `${id}: ${owner}/${name} is published to ${url}.`,
  );
}

function sayState({ state, step, percent, error }: MirrorView): string {
  if (state === 'running') return step === null ? 'running' : `${step.toLowerCase()} ${percent}%`;
  return error ?? state;
}
