import type { Command } from 'commander';
import { errorRow } from '../../../protocol/errors.ts';
import { DEFAULT_PROVIDER, SAID_PROVIDERS } from '../../../protocol/providers.ts';
import type { CliContext } from '../context.ts';
import { sayTime } from '../output/say-figures.ts';
import { readProvider } from '../read-provider.ts';
import { readSecret } from '../read-secret.ts';
import { define, examples } from './command.ts';
import { defineList } from './list.ts';

export function addProviderCommands(program: Command, context: CliContext): void {
  const provider = program
    .command('provider')
    .description("model providers' keys; a fresh hive is answered by the scripted demo model");

  const ls = provider.command('ls').description('which providers have a key; keys are never shown');
  examples(ls, [['hivectl provider ls', '']]);
  defineList(ls, context, {
    read: () => ({}),
    ask: () => context.hive.call('listProviders', {}),
    items: ({ providers }) => providers,
    columns: [
      { title: 'PROVIDER', value: ({ name }) => name },
      {
        title: 'KEY',
        value: ({ hasKey, setAt }, now) => (hasKey ? `set${setAt === null ? '' : ` ${sayTime(setAt, now)}`}` : 'none'),
      },
      { title: 'ANSWERS', value: ({ active }) => (active ? 'yes' : '') },
    ],
  });

  const set = provider
    .command('set')
    .description("keep a provider's key; it is read from stdin or typed, never given as an argument")
    .argument('PROVIDER', SAID_PROVIDERS);
  examples(set, [
    [`hivectl provider set ${DEFAULT_PROVIDER}`, 'asks for the key without showing it'],
    [`hivectl provider set ${DEFAULT_PROVIDER} < key.txt`, 'from a file'],
  ]);
  define(set, context, async (terminal, _options, [name]) => {
    const known = readProvider(name);
    const key = await readSecret(context, `Key for ${known} (not shown): `);
    const answer = await context.hive.call('setProvider', { provider: known, key });
    terminal.print(answer);
    terminal.say(`The key for ${known} is kept; agents use it from their next request on.`);
  });

  const remove = provider
    .command('remove')
    .description("forget a provider's key; agents wait until there is another one")
    .argument('PROVIDER', SAID_PROVIDERS)
    .option('--demo', 'let the scripted demo model answer from now on');
  examples(remove, [
    [`hivectl provider remove ${DEFAULT_PROVIDER}`, 'mail waits for the next key'],
    [`hivectl provider remove ${DEFAULT_PROVIDER} --demo`, 'the demo model answers again'],
  ]);
  define(remove, context, async (terminal, options, [name]) => {
    const known = readProvider(name);
    const answer = await context.hive.call('removeProvider', { provider: known });
    if (options['demo'] === true) await context.hive.call('useDemo', {});
    terminal.print(answer);
    const after =
      options['demo'] === true
        ? 'The demo model answers now.'
        : `Agents wait until there is a key: hivectl provider set ${known} (or: hivectl provider demo).`;
    terminal.say(answer.removed ? `The key for ${known} is forgotten. ${after}` : `There was no key for ${known}.`);
  });

  const test = provider
    .command('test')
    .description('make one free call to the provider: what is wrong with key, address, proxy or certificate')
    .argument('PROVIDER', SAID_PROVIDERS);
  examples(test, [[`hivectl provider test ${DEFAULT_PROVIDER}`, 'exit code 69 when something is wrong']]);
  define(test, context, async (terminal, _options, [name]) => {
    const result = await context.hive.call('testProvider', { provider: readProvider(name) });
    terminal.print(result);
    const mark = result.ok ? terminal.style('green', '✔') : terminal.style('red', `✖ ${result.about ?? ''}:`);
    terminal.say(`${mark} ${result.found}${result.advice === null ? '' : ` ${result.advice}`}`);
    return result.ok ? 0 : errorRow('provider_unreachable').exit;
  });

  const demo = provider.command('demo').description('let the scripted demo model answer until a key is set');
  examples(demo, [['hivectl provider demo', 'after "provider remove"']]);
  define(demo, context, async (terminal) => {
    terminal.print(await context.hive.call('useDemo', {}));
    terminal.say('The demo model answers now.');
  });
}
