import type { Command } from 'commander';
import { repoName, repoOwner } from '../../../protocol/names.ts';
import { HiveError } from '../../../protocol/errors.ts';
import prettyBytes from 'pretty-bytes';
import type { CliContext } from '../context.ts';
import { relayGit } from '../git-relay.ts';
import { saySince } from '../output/say-figures.ts';
import { runOnTerminal } from '../process/run-program.ts';
import { define, exitCodes, examples } from './command.ts';

export function addForgeCommands(program: Command, context: CliContext): void {
  const forge = program.command('forge').description("the hive's private git server");
  // What follows `git` is git's, options too.
  forge.enablePositionalOptions();

  const ls = forge.command('ls').description('every repository');
  examples(ls, [['hivectl forge ls', '']]);
  define(ls, context, async (terminal) => {
    const answer = await context.forge.call('listRepos', {});
    terminal.print(answer);
    if (answer.repos.length === 0)
      return terminal.say('There are no repositories. Make one: hivectl forge create operator/NAME');
    terminal.table(
      [
        { title: 'REPOSITORY' },
        { title: 'BRANCHES', align: 'right' },
        { title: 'SIZE', align: 'right' },
        { title: 'PUSHED' },
        { title: 'NEWEST COMMIT', shrinkTo: 12 },
      ],
      answer.repos.map((repo) => [
        `${repo.owner}/${repo.name}`,
        String(repo.branches),
        prettyBytes(repo.sizeBytes),
        repo.pushedAt === null ? 'never' : saySince(repo.pushedAt, context.now()),
        repo.head === null ? '' : `${repo.head.oid.slice(0, 8)} ${repo.head.summary}`,
      ]),
    );
  });

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

async function runGit(context: CliContext, args: readonly string[]): Promise<number> {
  const relay = await relayGit(context.settings.forgeSocket);
  try {
    const env = { ...context.settings.childEnv, ...relay.gitEnv };
    return await runOnTerminal('git', { args, env, signal: context.signal });
  } finally {
    await relay.close();
  }
}

function readRepoPath(path: string | undefined) {
  const [owner, name, ...rest] = (path ?? '').split('/');
  const parsedOwner = repoOwner.safeParse(owner);
  const parsedName = repoName.safeParse(name);
  if (parsedOwner.success && parsedName.success && rest.length === 0)
    return { owner: parsedOwner.data, name: parsedName.data };
  throw new HiveError(
    'invalid_input',
    `"${path ?? ''}" is not OWNER/NAME, e.g. operator/notes. An owner is an agent, "shared", "hive" or "operator".`,
  );
}
