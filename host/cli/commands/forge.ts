import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import prettyBytes from 'pretty-bytes';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { relayGit } from '../git-relay.ts';
import { runOnTerminal } from '../process/run-program.ts';
import { define, exitCodes, examples } from './command.ts';
import { addForgeBackups } from './forge-backup.ts';
import { addForgeChecks } from './forge-checks.ts';
import { addForgeImport } from './forge-import.ts';
import { addForgeLabels } from './forge-labels.ts';
import { addForgeMirrors } from './forge-mirrors.ts';
import { addForgeRules } from './forge-rules.ts';
import { addForgeStatuses } from './forge-statuses.ts';
import { addForgeWebhooks } from './forge-webhooks.ts';
import { addForgeTokens } from './forge-tokens.ts';
import { addForgeFsck } from './forge-fsck.ts';
import { addForgeShow } from './forge-show.ts';
import { addForgeUpkeep } from './forge-upkeep.ts';
import { showList } from './list.ts';
import { everyRepo, removedRepos } from './list-repos.ts';
import { addProjectCommands } from './projects.ts';
import { readRepoPath } from './read-repo-path.ts';

export function addForgeCommands(program: Command, context: CliContext): void {
  const forge = program.command('forge').description("the hive's private git server");
  // All arguments after `git` are git's, options too.
  forge.enablePositionalOptions();

  const ls = forge
    .command('ls')
    .description('every repository')
    .option('--removed', 'those that were removed and whose directory is kept');
  examples(ls, [
    ['hivectl forge ls', ''],
    ['hivectl forge ls --removed', 'where they lie, and until when'],
  ]);
  define(ls, context, (terminal, options, args) => {
    const typed = { context, options, args };
    return options['removed'] === true
      ? showList(terminal, removedRepos(context), typed)
      : showList(terminal, everyRepo(context), typed);
  });

  addForgeShow(forge, context);
  addForgeRules(forge, context);
  addForgeLabels(forge, context);
  addForgeChecks(forge, context);
  addForgeStatuses(forge, context);
  addForgeTokens(forge, context);
  addForgeImport(forge, context);
  addForgeMirrors(forge, context);
  addForgeWebhooks(forge, context);

  const create = forge
    .command('create')
    .description('make an empty repository')
    .argument('OWNER/NAME', 'e.g. operator/notes or shared/tools')
    .option('--description <text>', 'what it is for');
  examples(create, [['hivectl forge create shared/tools --description "scripts for all"', '']]);
  define(create, context, async (terminal, options, [path]) => {
    const answer = await context.forge.call('createRepo', {
      ...readRepoPath(path),
      description: String(options['description'] ?? ''),
    });
    terminal.print(answer);
    terminal.say(
      `Made ${answer.repo.owner}/${answer.repo.name}. Get it: hivectl forge git clone hive:${answer.repo.owner}/${answer.repo.name}`,
    );
  });

  addFork(forge, context);
  addRemove(forge, context);
  addDefaultBranch(forge, context);
  addPrune(forge, context);
  addForgeUpkeep(forge, context);
  addForgeFsck(forge, context);
  addForgeBackups(forge, context);
  addProjectCommands(forge, context);

  const git = forge
    .command('git')
    .description("your own git with the operator's rights on the forge; hive:OWNER/NAME names a repository")
    .argument('ARGS...', 'what git gets')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[]) => void exitCodes.set(context, await runGit(context, args)));
  examples(git, [
    ['hivectl forge git clone hive:shared/docs', ''],
    ['hivectl forge git push', 'in such a clone'],
  ]);
}

function addFork(forge: Command, context: CliContext): void {
  const fork = forge
    .command('fork')
    .description('copy the branches and tags of a repository into another namespace')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('[OWNER/NAME]', 'where to; operator/NAME otherwise');
  examples(fork, [
    ['hivectl forge fork web/app', 'as operator/app'],
    ['hivectl forge fork web/app scout/app', 'for an agent'],
  ]);
  define(fork, context, async (terminal, _options, [path, target]) => {
    const repo = readRepoPath(path);
    const to = target === undefined ? null : readRepoPath(target);
    const input = to === null ? repo : { ...repo, toOwner: to.owner, toName: to.name };
    const answer = await context.forge.call('forkRepo', input, { timeoutMs: FORK_TIMEOUT_MS });
    terminal.print(answer);
    terminal.say(`Made ${answer.repo.owner}/${answer.repo.name} of ${repo.owner}/${repo.name}.`);
  });
}

/** Everything is copied. */
const FORK_TIMEOUT_MS = 1_800_000;

function addRemove(forge: Command, context: CliContext): void {
  const rm = forge
    .command('rm')
    .description('remove a repository; its directory is kept aside for 30 days')
    .argument('OWNER/NAME', 'e.g. scout/old')
    .option('--purge <OWNER/NAME>', 'keep nothing; repeat the name to say that you mean it')
    .option('-y, --yes', 'do not ask');
  examples(rm, [
    ['hivectl forge rm scout/old', 'asks, then moves it aside'],
    ['hivectl forge rm scout/old --purge scout/old', 'deletes it for good'],
  ]);
  define(rm, context, async (terminal, options, [path]) => {
    const repo = readRepoPath(path);
    const name = `${repo.owner}/${repo.name}`;
    const purge = options['purge'] === undefined ? undefined : String(options['purge']);
    if (purge !== undefined && purge !== name) throw new HiveError('name_mismatch');
    // Typing the name again counts as the confirmation.
    if (options['yes'] !== true && purge === undefined) {
      if (context.io.stdin.isTTY === true) await assertThere(context, repo);
      await confirm(context, `Remove ${name} from the forge? Its directory is kept aside.`);
    }
    const input = purge === undefined ? repo : { ...repo, purge };
    const answer = await context.forge.call('removeRepo', input, { timeoutMs: REMOVE_TIMEOUT_MS });
    terminal.print(answer);
    terminal.say(
      answer.kept === null ? `${name} is gone for good.` : `${name} is gone. It is kept for 30 days in ${answer.kept}`,
    );
  });
}

/** The removal waits for a running push, and deleting a large directory takes time. */
const REMOVE_TIMEOUT_MS = 300_000;

/** No confirmation for a repository that does not exist. */
async function assertThere(context: CliContext, repo: ReturnType<typeof readRepoPath>): Promise<void> {
  const { repos } = await context.forge.call('listRepos', {});
  if (!repos.some(({ owner, name }) => owner === repo.owner && name === repo.name)) throw new HiveError('unknown_repo');
}

function addDefaultBranch(forge: Command, context: CliContext): void {
  const branch = forge
    .command('default-branch')
    .description('choose the branch that a clone checks out')
    .argument('OWNER/NAME', 'e.g. shared/tools')
    .argument('BRANCH', 'a branch that is there');
  examples(branch, [['hivectl forge default-branch shared/tools trunk', '']]);
  define(branch, context, async (terminal, _options, [path, name = '']) => {
    const answer = await context.forge.call('setDefaultBranch', { ...readRepoPath(path), branch: name });
    terminal.print(answer);
    terminal.say(`A clone of ${answer.repo.owner}/${answer.repo.name} checks out ${answer.repo.defaultBranch} now.`);
  });
}

function addPrune(forge: Command, context: CliContext): void {
  const prune = forge
    .command('prune')
    .description('delete what was pushed and no branch or tag leads to any more, e.g. a secret')
    .argument('OWNER/NAME', 'e.g. scout/app')
    .option('-y, --yes', 'do not ask');
  examples(prune, [['hivectl forge prune scout/app', 'asks, waits for the push under way, then deletes']]);
  define(prune, context, async (terminal, options, [path]) => {
    const repo = readRepoPath(path);
    const name = `${repo.owner}/${repo.name}`;
    if (options['yes'] !== true) {
      if (context.io.stdin.isTTY === true) await assertThere(context, repo);
      await confirm(context, `Delete for good what no branch or tag of ${name} leads to?`);
    }
    const answer = await context.forge.call('pruneRepo', repo, { timeoutMs: PRUNE_TIMEOUT_MS });
    terminal.print(answer);
    terminal.say(
      answer.objects === 0
        ? `${name} has nothing that no branch or tag leads to.`
        : `Deleted ${answer.objects} objects of ${name} (${prettyBytes(answer.bytes)}). Clones that were made before still have them.`,
    );
  });
}

/** All packs are rewritten. */
const PRUNE_TIMEOUT_MS = 1_800_000;

async function runGit(context: CliContext, args: readonly string[]): Promise<number> {
  const relay = await relayGit(context.settings.forgeSocket);
  try {
    const env = { ...context.settings.childEnv, ...relay.gitEnv };
    return await runOnTerminal('git', { args, env, signal: context.signal });
  } finally {
    await relay.close();
  }
}
