import type { Command } from 'commander';
import { BUILT_IN_PROVIDERS, DEFAULT_PROVIDER, kindFacts } from '../../../protocol/providers.ts';
import type { CliContext } from '../context.ts';
import { readProvider } from '../read-provider.ts';
import { IMPORTED_WORDS, readCredential } from '../read-credential.ts';
import { define, examples, given, ifGiven } from './command.ts';

/** The commands that set and forget keys of a provider. */
export function addProviderKeyCommands(provider: Command, context: CliContext): void {
  const set = provider
    .command('set')
    .description("keep a provider's key; it is read from stdin or typed, never given as an argument")
    .argument('PROVIDER')
    .option('--add', 'beside the keys that are set: calls use the one with most left of its limits')
    .option('--label <label>', 'which key it replaces, or the name of an added one')
    .option('--setup-token', "a subscription's long-lived token instead of a key")
    .option('--login <file>', 'the file that a login of the CLI left, instead of a key; the hive renews it');
  examples(set, [
    [`hivectl provider set ${DEFAULT_PROVIDER}`, 'asks for the key without showing it'],
    [`hivectl provider set ${DEFAULT_PROVIDER} < key.txt`, 'from a file'],
    [`hivectl provider set ${DEFAULT_PROVIDER} --add --label second`, 'a second key'],
    ...loginExamples((name, file) => `hivectl provider set ${name} --login ${file}`),
  ]);
  define(set, context, async (terminal, options, [name]) => {
    const known = readProvider(name);
    const credential = await readCredential(context, options, known);
    const label = given(
      'label',
      ifGiven(options['label'], (text) => text),
    );
    const asked = { provider: known, ...credential, add: options['add'] === true, ...label };
    const answer = await context.hive.call('setProvider', asked);
    terminal.print(answer);
    const which = asked.add ? ` ("${answer.label}")` : '';
    const what = 'login' in credential ? 'login' : 'key';
    terminal.say(`The ${what} for ${known}${which} is kept; agents use it from their next request on.`);
    if ('login' in credential) terminal.say(IMPORTED_WORDS);
  });

  const remove = provider
    .command('remove')
    .description("forget a provider's keys, or one of them; a provider that was added goes with its keys")
    .argument('PROVIDER')
    .option('--label <label>', 'only the key with this label')
    .option('--demo', 'let the scripted demo model answer from now on');
  examples(remove, [
    [`hivectl provider remove ${DEFAULT_PROVIDER}`, 'mail waits for the next key'],
    [`hivectl provider remove ${DEFAULT_PROVIDER} --label second`, 'one of several keys'],
    [`hivectl provider remove ${DEFAULT_PROVIDER} --demo`, 'the demo model answers again'],
  ]);
  define(remove, context, async (terminal, options, [name]) => {
    const known = readProvider(name);
    const label = ifGiven(options['label'], (text) => text);
    const answer = await context.hive.call('removeProvider', { provider: known, ...given('label', label) });
    if (options['demo'] === true) await context.hive.call('useDemo', {});
    terminal.print(answer);
    terminal.say(sayRemoved(known, { ...answer, label, demo: options['demo'] === true }));
  });
}

/** An example for each kind of provider that takes logins. */
export function loginExamples(command: (name: string, file: string) => string): [string, string][] {
  return BUILT_IN_PROVIDERS.flatMap((name): [string, string][] => {
    const { login } = kindFacts(name);
    return login === null ? [] : [[command(name, login.file), `a login of "${login.command}"`]];
  });
}

function sayRemoved(
  name: string,
  done: { removed: boolean; gone: boolean; label: string | undefined; demo: boolean },
): string {
  if (done.gone) return `The provider ${name} and its keys are forgotten.`;
  if (!done.removed) return `There was no key for ${name}.`;
  if (done.label !== undefined) return `The key "${done.label}" for ${name} is forgotten.`;
  const after = done.demo
    ? 'The demo model answers now.'
    : `Agents wait until there is a key: hivectl provider set ${name} (or: hivectl provider demo).`;
  return `The key for ${name} is forgotten. ${after}`;
}
