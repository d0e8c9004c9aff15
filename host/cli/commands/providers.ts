import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import type { CliContext } from '../context.ts';
import { sayTime } from '../output/say-figures.ts';
import { readSecret } from '../read-secret.ts';
import { define, examples } from './command.ts';

export function addProviderCommands(program: Command, context: CliContext): void {
  const provider = program
    .command('provider')
    .description("model providers' keys; without any, the scripted demo model answers");

  const ls = provider.command('ls').description('which providers have a key; keys are never shown');
  examples(ls, [['hivectl provider ls', '']]);
  define(ls, context, async (terminal) => {
    const answer = await context.hive.call('listProviders', {});
    terminal.print(answer);
    terminal.table(
      [{ title: 'PROVIDER' }, { title: 'KEY' }, { title: 'ANSWERS' }],
      answer.providers.map(({ name, hasKey, setAt, active }) => [
        name,
        hasKey ? `set${setAt === null ? '' : ` ${sayTime(setAt, context.now())}`}` : 'none',
        active ? 'yes' : '',
      ]),
    );
  });

  const set = provider
    .command('set')
    .description("keep a provider's key; it is read from stdin or typed, never given as an argument")
    .argument('PROVIDER', 'anthropic');
  examples(set, [
    ['hivectl provider set anthropic', 'asks for the key without showing it'],
    ['hivectl provider set anthropic < key.txt', 'from a file'],
  ]);
  define(set, context, async (terminal, _options, [name]) => {
    const known = readProvider(name);
    const key = await readSecret(context, `Key for ${known} (not shown): `);
    const answer = await context.hive.call('setProvider', { provider: known, key });
    terminal.print(answer);
    terminal.say(`The key for ${known} is kept; agents use it from their next request on.`);
  });

  const remove = provider.command('remove').description("forget a provider's key").argument('PROVIDER', 'anthropic');
  examples(remove, [['hivectl provider remove anthropic', 'the demo model answers again']]);
  define(remove, context, async (terminal, _options, [name]) => {
    const known = readProvider(name);
    const answer = await context.hive.call('removeProvider', { provider: known });
    terminal.print(answer);
    terminal.say(
      answer.removed
        ? `The key for ${known} is forgotten; the demo model answers now.`
        : `There was no key for ${known}.`,
    );
  });
}

function readProvider(name: string | undefined): 'anthropic' {
  if (name === 'anthropic') return name;
  throw new HiveError('unknown_provider', `There is no provider "${name ?? ''}". There is: anthropic.`);
}
