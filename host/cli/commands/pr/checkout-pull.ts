import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import { parseForkHead } from '../../../../protocol/pull-heads.ts';
import type { PullView } from '../../../../protocol/schemas/pull.ts';
import type { CliContext } from '../../context.ts';
import { relayGit } from '../../git-relay.ts';
import { runOnTerminal, runProgram } from '../../process/run-program.ts';
import { define, examples } from '../command.ts';
import { readPullPath } from './read-pull-path.ts';

/** `hivectl pr checkout`. */
export function addPullCheckout(pr: Command, context: CliContext): void {
  const checkout = pr
    .command('checkout')
    .description('get the branch of a pull request into the clone that you are in')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12')
    .option('--branch <name>', 'what to call it here; as in the forge otherwise');
  examples(checkout, [
    ['hivectl pr checkout web/app#12', ''],
    ['hivectl pr checkout web/app#12 --branch try', ''],
  ]);
  define(checkout, context, async (terminal, options, [path]) => {
    const { pull } = await context.forge.call('describePull', readPullPath(path));
    const { branch: head } = placeOf(pull);
    const branch = options['branch'] === undefined ? head : String(options['branch']);
    const code = await checkOut(context, pull, branch);
    if (code !== 0) return code;
    terminal.print({ branch, commit: pull.commit });
    terminal.say(`You are on ${branch}. "hivectl forge git pull" and "push" in it are for ${pull.head} in the forge.`);
    return 0;
  });
}

/** The repository and the branch that it is from. */
function placeOf({ owner, name, head }: PullView): { owner: string; name: string; branch: string } {
  return parseForkHead(head) ?? { owner, name, branch: head };
}

/** Runs the user's own git. Resolves with its exit code when it refuses, whose reason it has shown. */
async function checkOut(context: CliContext, pull: PullView, branch: string): Promise<number> {
  const { owner, name, branch: head } = placeOf(pull);
  const relay = await relayGit(context.settings.forgeSocket);
  const env = { ...context.settings.childEnv, ...relay.gitEnv };
  const run = { env, signal: context.signal };
  const isFine = async (...args: string[]) => (await runProgram('git', { ...run, args })).code === 0;
  try {
    if (!(await isFine('rev-parse', '--is-inside-work-tree')))
      throw new HiveError(
        'invalid_input',
        `You are in no clone. Make one first: hivectl forge git clone hive:${owner}/${name}`,
      );
    if (!(await isFine('check-ref-format', '--branch', branch)))
      throw new HiveError(
        'invalid_input',
        `"${branch}" cannot be the name of a branch: choose one with --branch NAME.`,
      );
    const remote = `hive:${owner}/${name}`;
    const isThere = await isFine('show-ref', '--verify', '--quiet', `refs/heads/${branch}`);
    const steps = [
      ['fetch', '--quiet', remote, `refs/heads/${head}`],
      ...(isThere
        ? [
            ['switch', '--quiet', branch],
            ['merge', '--quiet', '--ff-only', 'FETCH_HEAD'],
          ]
        : [['switch', '--quiet', '--no-track', '-c', branch, 'FETCH_HEAD']]),
      ['config', `branch.${branch}.remote`, remote],
      ['config', `branch.${branch}.merge`, `refs/heads/${head}`],
    ];
    for (const args of steps) {
      const code = await runOnTerminal('git', { ...run, args });
      if (code !== 0) return code;
    }
    return 0;
  } finally {
    await relay.close();
  }
}
