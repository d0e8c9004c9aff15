import type { Command } from 'commander';
import { TOKEN_SCOPES, type TokenScope } from '../../../protocol/access/token-scopes.ts';
import { HiveError } from '../../../protocol/errors.ts';
import { agentName, OPERATOR } from '../../../protocol/names.ts';
import { type ForgeTokenView, MOST_TOKEN_DAYS } from '../../../protocol/schemas/forge-token.ts';
import type { CliContext } from '../context.ts';
import { saySince } from '../output/say-figures.ts';
import type { ItemColumn } from '../output/say-table.ts';
import { readDuration } from '../read-duration.ts';
import { collect, define, examples } from './command.ts';
import { defineList } from './list.ts';
import { readRepoPath } from './read-repo-path.ts';

/** `hivectl forge token`. */
export function addForgeTokens(forge: Command, context: CliContext): void {
  const token = forge.command('token').description("tokens for programs outside of boxes that use git or Gitea's API");
  addCreate(token, context);
  const ls = token.command('ls').description('every token with its limits and its last use; no values');
  examples(ls, [['hivectl forge token ls', '']]);
  defineList(ls, context, {
    read: () => ({}),
    ask: () => context.forge.call('listForgeTokens', {}),
    items: ({ tokens }) => tokens,
    columns: COLUMNS,
    empty: () =>
      'There is no token. Make one: hivectl forge token create NAME --scope read:repository --repo OWNER/NAME',
  });
  const rm = token
    .command('rm')
    .description('revoke a token: its next request is refused')
    .argument('NAME', 'as in "ls"');
  examples(rm, [['hivectl forge token rm renovate', '']]);
  define(rm, context, async (terminal, _options, [name = '']) => {
    terminal.print(await context.forge.call('removeForgeToken', { name }));
    terminal.say(`The token ${name} is worth nothing any more.`);
  });
}

const DAY_S = 24 * 60 * 60;

function addCreate(token: Command, context: CliContext): void {
  const create = token
    .command('create')
    .description('make a token; its value is shown once')
    .argument('NAME', 'lower-case letters, digits and "-"')
    .option('--scope <scope>', `${TOKEN_SCOPES.join(', ')}; may be given several times`, collect)
    .option(
      '--repo <owner/name>',
      'a repository that it may use; may be given several times; default: all of its owner',
      collect,
    )
    .option('--as <name>', 'the agent that acts with it; default: the operator')
    .option('--expires <duration>', 'how long it is valid, in days', '90d');
  examples(create, [
    ['hivectl forge token create ci --scope read:repository --repo web/app', ''],
    [
      'hivectl forge token create renovate --as bot --scope write:repository --scope read:user',
      'acts as the agent bot',
    ],
  ]);
  define(create, context, async (terminal, options, [name = '']) => {
    const repositories = list(options['repo']).map((path) => {
      const { owner, name: repo } = readRepoPath(path);
      return `${owner}/${repo}`;
    });
    const answer = await context.forge.call('createForgeToken', {
      name,
      owner: readOwner(options['as'] === undefined ? OPERATOR : String(options['as'])),
      scopes: readScopes(list(options['scope'])),
      ...(repositories.length === 0 ? {} : { repositories }),
      days:
        readDuration(String(options['expires']), { what: '--expires', from: DAY_S, to: MOST_TOKEN_DAYS * DAY_S }) /
        DAY_S,
    });
    terminal.print(answer);
    terminal.say(answer.value);
    terminal.say(`This is the only time that it is shown. ${sayLimits(answer.token)}`);
  });
}

const list = (given: unknown): string[] => (Array.isArray(given) ? given.map(String) : []);

function readScopes(given: readonly string[]): TokenScope[] {
  const scopes = given.map((word) => {
    const scope = TOKEN_SCOPES.find((one) => one === word);
    if (scope === undefined)
      throw new HiveError('invalid_input', `--scope is one of ${TOKEN_SCOPES.join(', ')}, not "${word}".`);
    return scope;
  });
  if (scopes.length === 0)
    throw new HiveError('invalid_input', `Say what it may do: --scope with one of ${TOKEN_SCOPES.join(', ')}.`);
  return [...new Set(scopes)];
}

function readOwner(given: string) {
  if (given === OPERATOR) return OPERATOR;
  const name = agentName.safeParse(given);
  if (!name.success) throw new HiveError('invalid_input', `--as is the name of an agent, not "${given}".`);
  return name.data;
}

function sayLimits({ owner, scopes, repositories }: ForgeTokenView): string {
  const where = repositories === null ? `every repository that ${owner} sees` : repositories.join(', ');
  return `It acts as ${owner}, in ${where}, for ${scopes.join(', ')}. Revoke it: hivectl forge token rm`;
}

const COLUMNS: readonly ItemColumn<ForgeTokenView>[] = [
  { title: 'TOKEN', value: ({ name }) => name },
  { title: 'ACTS AS', value: ({ owner }) => owner },
  { title: 'FOR', shrinkTo: 16, value: ({ scopes }) => scopes.join(' ') },
  { title: 'IN', shrinkTo: 12, value: ({ repositories }) => repositories?.join(' ') ?? 'all' },
  {
    title: 'EXPIRES',
    value: ({ expiresAt }, now) => (expiresAt <= now ? 'expired' : new Date(expiresAt).toISOString().slice(0, 10)),
  },
  { title: 'USED', value: ({ usedAt }, now) => (usedAt === null ? 'never' : saySince(usedAt, now)) },
];
