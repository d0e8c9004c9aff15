import type { Command } from 'commander';
import type { OpOutput } from '../../../protocol/op.ts';
import type { operatorSurface } from '../../../protocol/operations/operator.ts';
import { errorRow, HiveError } from '../../../protocol/errors.ts';
import { DEFAULT_PROVIDER, DEMO, FORM_WORDS, PROVIDER_KIND_NAMES } from '../../../protocol/providers.ts';
import { providerKind } from '../../../protocol/schemas/provider.ts';
import { sayAdvice } from '../../../protocol/say-advice.ts';
import type { CliContext } from '../context.ts';
import { sayTime } from '../output/say-figures.ts';
import { readProvider } from '../read-provider.ts';
import { IMPORTED_WORDS, readCredential } from '../read-credential.ts';
import { define, examples, given, ifGiven } from './command.ts';
import { defineList } from './list.ts';
import { addProviderKeyCommands } from './provider-keys.ts';

/** `hivectl provider`: which providers there are, and their keys. */
export function addProviderCommands(program: Command, context: CliContext): void {
  const provider = program
    .command('provider')
    .description('model providers and their keys; a fresh hive is answered by the scripted demo model');

  const ls = provider.command('ls').description('the providers and their keys; a key is never shown');
  examples(ls, [['hivectl provider ls', '']]);
  defineList(ls, context, {
    read: () => ({}),
    ask: () => context.hive.call('listProviders', {}),
    items: ({ providers }) => providers,
    columns: [
      { title: 'PROVIDER', value: ({ name }) => name },
      {
        title: 'KIND',
        value: ({ kind, origin }) => (kind === null ? '' : `${kind}${origin === 'config' ? ', in config.yaml' : ''}`),
      },
      { title: 'URL', value: ({ baseUrl }) => baseUrl ?? '' },
      {
        title: 'KEY',
        value: ({ keys, setAt }, now) => {
          if (setAt === null) return 'none';
          return keys.length > 1 ? `${keys.length} keys, newest ${sayTime(setAt, now)}` : `set ${sayTime(setAt, now)}`;
        },
      },
      {
        title: 'ANSWERS',
        value: ({ active, outage }) => (outage !== null ? 'no: its calls fail' : active ? 'yes' : ''),
      },
      { title: 'AGENTS', align: 'right', value: ({ agents }) => (agents.length === 0 ? '' : String(agents.length)) },
    ],
    below(terminal, { providers }) {
      const many = providers.filter(({ keys }) => keys.length > 0);
      for (const { name, keys } of many) for (const key of keys) terminal.say(`${name}: ${sayKey(key)}`);
    },
  });

  const add = provider
    .command('add')
    .description('declare a provider with its key, which is read from stdin or typed')
    .argument('NAME')
    .requiredOption('--kind <kind>', PROVIDER_KIND_NAMES.join(', '))
    .option('--url <url>', "base URL of its API; without it, the kind's own")
    .option('--setup-token', "a subscription's long-lived token instead of a key")
    .option('--login <file>', 'the file that a login of the CLI left, instead of a key; the hive renews it');
  examples(add, [
    [`hivectl provider add local --kind ${PROVIDER_KIND_NAMES.at(-1) ?? ''} --url http://127.0.0.1:8000/v1`, ''],
    [`hivectl provider add team-b --kind ${PROVIDER_KIND_NAMES[0]} < key.txt`, 'another account at the same maker'],
  ]);
  define(add, context, async (terminal, options, [name]) => {
    const known = readProvider(name);
    const kind = readKind(String(options['kind']));
    const credential = await readCredential(context, options, known);
    const baseUrl = given(
      'baseUrl',
      ifGiven(options['url'], (text) => text),
    );
    terminal.print(await context.hive.call('addProvider', { provider: known, kind, ...credential, ...baseUrl }));
    terminal.say(`${known} is declared. Put an agent on it: hivectl edit AGENT --provider ${known}`);
    if ('login' in credential) terminal.say(IMPORTED_WORDS);
  });

  const rename = provider
    .command('rename')
    .description('give a provider that was added another name; its agents stay on it')
    .argument('NAME')
    .argument('NEW');
  examples(rename, [['hivectl provider rename local lab', '']]);
  define(rename, context, async (terminal, _options, [name, as]) => {
    const answer = await context.hive.call('renameProvider', { provider: readProvider(name), as: readProvider(as) });
    terminal.print(answer);
    terminal.say(`${name ?? ''} is now called ${answer.provider}.`);
  });

  addProviderKeyCommands(provider, context);

  const test = provider
    .command('test')
    .description('make one free call to the provider: what is wrong with key, address, proxy or certificate')
    .argument('PROVIDER');
  examples(test, [[`hivectl provider test ${DEFAULT_PROVIDER}`, 'exit code 69 when something is wrong']]);
  define(test, context, async (terminal, _options, [name]) => {
    const result = await context.hive.call('testProvider', { provider: readProvider(name) });
    terminal.print(result);
    const mark = result.ok ? terminal.style('green', '✔') : terminal.style('red', `✖ ${result.about ?? ''}:`);
    terminal.say(
      `${mark} ${result.found}${result.advice === null ? '' : ` ${sayAdvice(result.advice, result.command)}`}`,
    );
    return result.ok ? 0 : errorRow('provider_unreachable').exit;
  });

  const demo = provider.command(DEMO).description('let the scripted demo model answer until a key is set');
  examples(demo, [[`hivectl provider ${DEMO}`, 'after "provider remove"']]);
  define(demo, context, async (terminal) => {
    terminal.print(await context.hive.call('useDemo', {}));
    terminal.say('The demo model answers now.');
  });
}

function readKind(text: string) {
  const parsed = providerKind.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `There is no kind "${text}": ${parsed.error.issues[0]?.message ?? ''}.`);
}

function sayKey(key: OpOutput<(typeof operatorSurface)['listProviders']>['providers'][number]['keys'][number]): string {
  const { label, fingerprint, form, refused, limitedUntil, interruptedAt } = key;
  const notes = [
    refused === null ? null : `refused (${refused})`,
    limitedUntil === null ? null : `limited until ${new Date(limitedUntil).toISOString()}`,
    interruptedAt === null
      ? null
      : `nobody knows whether it was renewed at ${new Date(interruptedAt).toISOString()}: log in again while it works`,
  ];
  return [`${FORM_WORDS[form]} "${label}" (${fingerprint})`, ...notes.filter((note) => note !== null)].join(', ');
}
