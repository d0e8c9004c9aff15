import type { Command } from 'commander';
import type * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { secretName, secretSubject, type SecretView } from '../../../protocol/secrets.ts';
import type { CliContext } from '../context.ts';
import { sayTime } from '../output/say-figures.ts';
import { readSecret } from '../read-secret.ts';
import { define, examples } from './command.ts';
import { defineList } from './list.ts';

export function addSecretCommands(program: Command, context: CliContext): void {
  const secret = program
    .command('secret')
    .description('values for agents, as files in /run/secrets of their boxes; replaced by their names in all texts');
  addList(secret, context);
  addSet(secret, context);
  addRemove(secret, context);
  addGrant(secret, context);
  addRevoke(secret, context);
}

function addList(secret: Command, context: CliContext): void {
  const ls = secret.command('ls').description('which secrets there are and who has them; values are never shown');
  examples(ls, [['hivectl secret ls', '']]);
  defineList(ls, context, {
    read: () => ({}),
    ask: () => context.hive.call('listSecrets', {}),
    items: ({ secrets }) => secrets,
    columns: [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'SET', value: ({ setAt }, now) => sayTime(setAt, now) },
      { title: 'GRANTED TO', shrinkTo: 16, value: ({ grants }) => grants.join(' ') },
      { title: 'AGENTS', shrinkTo: 16, value: ({ agents }) => agents.join(' ') },
    ],
    empty: () => 'There is no secret. Set one: hivectl secret set NAME',
  });
}

function addSet(secret: Command, context: CliContext): void {
  const set = secret
    .command('set')
    .description("keep a secret's value; it is read from stdin or typed, never given as an argument")
    .argument('NAME', "letters, digits, '_' and '-'; the name of its file in boxes");
  examples(set, [
    ['hivectl secret set DEPLOY_KEY', 'asks for the value without showing it'],
    ['hivectl secret set DEPLOY_KEY < key.txt', 'from a file, without the space around it'],
  ]);
  define(set, context, async (terminal, _options, [given]) => {
    const name = read(secretName, given);
    const value = await readSecret(context, `Value of ${name} (not shown): `);
    const answer = await context.hive.call('setSecret', { name, value });
    terminal.print(answer);
    terminal.say(sayHolders(answer.secret));
  });
}

function addRemove(secret: Command, context: CliContext): void {
  const remove = secret
    .command('rm')
    .description('forget a secret and take it from every agent')
    .argument('NAME', 'its name in "secret ls"');
  examples(remove, [['hivectl secret rm DEPLOY_KEY', 'end it where it is valid, too: agents may have read it']]);
  define(remove, context, async (terminal, _options, [given]) => {
    const answer = await context.hive.call('removeSecret', { name: read(secretName, given) });
    terminal.print(answer);
    terminal.say(`${answer.name} is forgotten, and is no longer replaced in texts.`);
  });
}

function addGrant(secret: Command, context: CliContext): void {
  const grant = secret
    .command('grant')
    .description('give a secret to an agent, or to all agents with a role: at once, without a rebuild')
    .argument('NAME', 'its name in "secret ls"')
    .argument('AGENT', 'a name, or @role:ROLE');
  examples(grant, [
    ['hivectl secret grant DEPLOY_KEY coder', 'coder reads it from /run/secrets/DEPLOY_KEY'],
    ['hivectl secret grant DEPLOY_KEY @role:worker', ''],
  ]);
  define(grant, context, async (terminal, _options, [given, subject]) => {
    const input = { name: read(secretName, given), subject: read(secretSubject, subject) };
    const answer = await context.hive.call('grantSecret', input);
    terminal.print(answer);
    terminal.say(sayHolders(answer.secret));
  });
}

function addRevoke(secret: Command, context: CliContext): void {
  const revoke = secret
    .command('revoke')
    .description('take a secret from an agent or a role again; its file is removed at once')
    .argument('NAME', 'its name in "secret ls"')
    .argument('AGENT', 'as it was granted');
  examples(revoke, [['hivectl secret revoke DEPLOY_KEY coder', 'what the agent has read stays with it']]);
  define(revoke, context, async (terminal, _options, [given, subject]) => {
    const input = { name: read(secretName, given), subject: read(secretSubject, subject) };
    const answer = await context.hive.call('revokeSecret', input);
    terminal.print(answer);
    terminal.say(sayHolders(answer.secret));
  });
}

function sayHolders({ name, agents }: SecretView): string {
  return agents.length === 0
    ? `${name}: no agent has it. Give it to one: hivectl secret grant ${name} AGENT`
    : `${name}: /run/secrets/${name} in the boxes of ${agents.join(', ')}.`;
}

/** Throws `invalid_input`. */
function read<T>(schema: z.ZodType<T>, text: string | undefined): T {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `${parsed.error.issues[0]?.message ?? 'That does not fit'}.`);
}
