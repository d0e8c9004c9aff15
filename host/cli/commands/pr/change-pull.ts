import { type Command, Option } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import { MERGE_METHODS } from '../../../../protocol/schemas/merge-method.ts';
import { PRIORITIES } from '../../../../protocol/schemas/message.ts';
import { personName, type PullView, VERDICTS } from '../../../../protocol/schemas/pull.ts';
import type { CliContext } from '../../context.ts';
import type { Terminal } from '../../output/terminal.ts';
import { collect, define, examples, given, ifGiven, type Options, readNumber } from '../command.ts';
import { readRepoPath } from '../read-repo-path.ts';
import { sayQueued } from '../../../../protocol/queue-words.ts';
import { readPullPath } from './read-pull-path.ts';

/** `hivectl pr open`, `review`, `edit`, `close`, `merge` and `unqueue`. */
export function addPullChanges(pr: Command, context: CliContext): void {
  addOpen(pr, context);
  addReview(pr, context);
  addEdit(pr, context);
  addMerge(pr, context);
}

function addOpen(pr: Command, context: CliContext): void {
  const open = pr
    .command('open')
    .description('ask for the merge of a branch')
    .argument('OWNER/NAME', 'the repository')
    .argument('BRANCH', 'the branch with the commits')
    .requiredOption('--title <text>', 'what it does, in a line')
    .option('--body <text>', 'more about it')
    .option('--base <branch>', 'the branch to merge into; the default branch otherwise')
    .option('--draft', 'it is not ready for reviews')
    .option('--reviewer <name>', 'who is asked for a review; may be given several times', collect)
    .option('--label <name>', 'a label; may be given several times', collect);
  examples(open, [['hivectl pr open web/app fix-login --title "Fix the login" --reviewer judge', '']]);
  define(open, context, async (terminal, options, [path, head = '']) => {
    const answer = await context.forge.call('openPull', {
      ...readRepoPath(path),
      head,
      title: String(options['title']),
      draft: options['draft'] === true,
      reviewers: readReviewers(options),
      labels: readList(options['label']),
      ...given('body', ifGiven(options['body'], String)),
      ...given('base', ifGiven(options['base'], String)),
    });
    say(terminal, answer, 'is open');
  });
}

function addReview(pr: Command, context: CliContext): void {
  const review = pr
    .command('review')
    .description('comment on a pull request, approve it, or request changes')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12')
    .addOption(new Option('--verdict <verdict>', 'what you say').choices(VERDICTS).makeOptionMandatory())
    .option('-m, --message <text>', 'why; needed unless you approve')
    .option('--commit <id>', 'the commit that you read: a newer one is not judged by mistake')
    .option('--file <path>', 'the file that it is about')
    .option('--line <n>', 'the line in it')
    .option('--reply-to <id>', 'the comment at a place that it answers; "hivectl pr show" numbers them');
  examples(review, [
    ['hivectl pr review web/app#12 --verdict approve', ''],
    ['hivectl pr review web/app#12 --verdict request_changes -m "The test is missing."', ''],
    ['hivectl pr review web/app#12 --verdict comment -m "Why?" --file src/main.ts --line 7', ''],
  ]);
  define(review, context, async (terminal, options, [path]) => {
    const answer = await context.forge.call('reviewPull', {
      ...readPullPath(path),
      verdict: VERDICTS.find((one) => one === options['verdict']) ?? 'comment',
      ...given('body', ifGiven(options['message'], String)),
      ...given('commit', ifGiven(options['commit'], String)),
      ...given('path', ifGiven(options['file'], String)),
      ...given(
        'line',
        ifGiven(options['line'], (line) => readNumber(line, '--line')),
      ),
      ...given(
        'replyTo',
        ifGiven(options['replyTo'], (id) => readNumber(id, '--reply-to')),
      ),
    });
    terminal.print(answer);
    terminal.say(`It is noted, for the commit ${answer.entry.commit}.`);
  });
}

function addEdit(pr: Command, context: CliContext): void {
  const edit = pr
    .command('edit')
    .description('change title, text, base, labels or reviewers of a pull request; mark it as a draft or as ready')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12')
    .option('--title <text>', 'another title')
    .option('--body <text>', 'another text')
    .option('--base <branch>', 'another branch to merge into')
    .option('--reviewer <name>', 'who else is asked for a review; may be given several times', collect)
    .option('--add-label <name>', 'a label of the repository; may be given several times', collect)
    .option('--remove-label <name>', 'a label that it has; may be given several times', collect)
    .addOption(new Option('--draft', 'it is not ready for reviews').conflicts('ready'))
    .option('--ready', 'it is ready for reviews');
  examples(edit, [
    ['hivectl pr edit web/app#12 --ready --reviewer judge', ''],
    ['hivectl pr edit web/app#12 --add-label bug', ''],
  ]);
  define(edit, context, async (terminal, options, [path]) => {
    const change = {
      ...given('title', ifGiven(options['title'], String)),
      ...given('body', ifGiven(options['body'], String)),
      ...given('base', ifGiven(options['base'], String)),
      ...given('draft', options['draft'] === true ? true : options['ready'] === true ? false : undefined),
    };
    const lists = {
      reviewers: readReviewers(options),
      addLabels: readList(options['addLabel']),
      removeLabels: readList(options['removeLabel']),
    };
    if (Object.keys(change).length === 0 && Object.values(lists).every((list) => list.length === 0))
      throw new HiveError(
        'invalid_input',
        'Say what to change: --title, --body, --base, --reviewer, --add-label, --remove-label, --draft or --ready.',
      );
    const pull = readPullPath(path);
    say(terminal, await context.forge.call('editPull', { ...pull, ...change, ...lists }), 'is changed');
  });

  const close = pr
    .command('close')
    .description('close a pull request without a merge')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12');
  examples(close, [['hivectl pr close web/app#12', '']]);
  define(close, context, async (terminal, _options, [path]) =>
    say(terminal, await context.forge.call('editPull', { ...readPullPath(path), state: 'closed' }), 'is closed'),
  );

  const reopen = pr
    .command('reopen')
    .description('open a closed pull request again')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12');
  examples(reopen, [['hivectl pr reopen web/app#12', '']]);
  define(reopen, context, async (terminal, _options, [path]) =>
    say(terminal, await context.forge.call('editPull', { ...readPullPath(path), state: 'open' }), 'is open again'),
  );
}

function addMerge(pr: Command, context: CliContext): void {
  const merge = pr
    .command('merge')
    .description('merge a pull request, if the rules of its base allow it; where it has a merge queue, put it there')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12')
    .addOption(new Option('--method <method>', 'how').choices(MERGE_METHODS).default('merge'))
    .option('--commit <id>', 'the commit that you mean: a newer one is not merged by mistake')
    .option('--when-ready', 'wait for missing reviews and checks, and merge then; a push ends that')
    .addOption(new Option('--priority <priority>', 'its place in a merge queue').choices(PRIORITIES).default('normal'));
  examples(merge, [
    ['hivectl pr merge web/app#12', ''],
    ['hivectl pr merge web/app#12 --method squash', 'as one commit'],
    ['hivectl pr merge web/app#12 --when-ready', 'as soon as it is approved'],
  ]);
  define(merge, context, async (terminal, options, [path]) => {
    const answer = await context.forge.call('mergePull', {
      ...readPullPath(path),
      method: MERGE_METHODS.find((one) => one === options['method']) ?? 'merge',
      ...given('commit', ifGiven(options['commit'], String)),
      whenReady: options['whenReady'] === true,
      priority: PRIORITIES.find((one) => one === options['priority']) ?? 'normal',
    });
    const { base, mergeCommit } = answer.pull;
    say(
      terminal,
      answer,
      answer.queue === null ? `is merged into ${base} as ${mergeCommit ?? ''}` : sayQueued(answer.queue),
    );
  });

  const leave = pr
    .command('unqueue')
    .description('take a pull request out of the merge queue')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12');
  examples(leave, [['hivectl pr unqueue web/app#12', '']]);
  define(leave, context, async (terminal, _options, [path]) =>
    say(terminal, await context.forge.call('leaveQueue', readPullPath(path)), 'is no longer in the merge queue'),
  );
}

function readReviewers(options: Options) {
  return readList(options['reviewer']).map((text) => {
    const parsed = personName.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new HiveError('invalid_input', `"${text}" is no reviewer: name an agent, or "operator".`);
  });
}

function readList(given: unknown): string[] {
  return Array.isArray(given) ? (given as string[]) : [];
}

function say(terminal: Terminal, answer: { pull: PullView }, what: string): void {
  const { owner, name, number } = answer.pull;
  terminal.print(answer);
  terminal.say(`${owner}/${name}#${number} ${what}.`);
}
