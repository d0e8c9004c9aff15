import { type Command, Option } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import {
  injectionHeader,
  type InjectionScheme,
  injectionScheme,
  injectionSubject,
  injectionUser,
  type InjectionView,
} from '../../../protocol/injections.ts';
import { INJECTED_PORT, sayAsked } from '../../../protocol/injection-words.ts';
import { PLAIN_PORT, readEgressTarget } from '../../../protocol/egress.ts';
import { secretName } from '../../../protocol/secrets.ts';
import type { CliContext } from '../context.ts';
import { define, examples, given, ifGiven, type Options, readNumber } from './command.ts';
import { readSubject } from './read-subject.ts';

export function addInject(egress: Command, context: CliContext): void {
  const inject = egress
    .command('inject')
    .description('have the gateway add a secret to requests for a host, so that the box never has it')
    .argument('AGENT', 'a name, @role:ROLE, or "hive" (the hive’s own forge)')
    .argument('HOST', 'host[:port]; the gateway connects to it with TLS')
    .requiredOption('--secret <name>', 'of hivectl secret ls')
    .option('--header <name>', 'the header that holds it (default: authorization)')
    .addOption(
      new Option('--scheme <word>', 'bearer, basic or plain (default: bearer in authorization, else plain)').choices(
        injectionScheme.options,
      ),
    )
    .option('--user <name>', 'the user name of basic (default: x-access-token)');
  examples(inject, [
    ['hivectl egress inject coder github.com --secret GITHUB --scheme basic', 'git over HTTPS, by a token'],
    ['hivectl egress inject @role:worker npm.corp.example --secret NPM_TOKEN', 'box: http://npm.corp.example/'],
    ['hivectl egress inject coder api.corp.example:8443 --secret API --header x-api-key', ''],
  ]);
  define(inject, context, async (terminal, options, [who, text]) => {
    const input = { subject: readHolder(who), ...readPlace(text), ...readHow(options) };
    const answer = await context.hive.call('injectSecret', input);
    terminal.print(answer);
    const { id, secret, subject } = answer.injection;
    terminal.say(`${id}: ${secret} is added to requests of ${subject} for ${sayAsked(answer.injection)}`);
    terminal.say(`The host must be allowed, too: hivectl egress allow ${subject} ${placeOf(answer.injection)}`);
  });

  const withdraw = egress
    .command('withdraw')
    .description('add a secret to requests no longer; connections that have it are ended')
    .argument('ID', 'its number in "egress ls"');
  examples(withdraw, [['hivectl egress withdraw 2', '']]);
  define(withdraw, context, async (terminal, _options, [text]) => {
    const answer = await context.hive.call('withdrawSecret', { id: readNumber(text, 'ID') });
    terminal.print(answer);
    const { secret, subject, host } = answer.injection;
    terminal.say(`${secret} is no longer added to requests of ${subject} for ${host}.`);
  });
}

function placeOf({ host, port }: InjectionView): string {
  return port === INJECTED_PORT ? host : `${host}:${port}`;
}

function readHolder(text: string | undefined) {
  const parsed = injectionSubject.safeParse(readSubject(text));
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', 'A secret is for an agent or a role (@role:ROLE), not for all agents.');
}

/** Throws `invalid_input` with the reason why it is no host. */
function readPlace(text = '') {
  const lower = text.toLowerCase();
  const read = readEgressTarget(lower);
  if (typeof read === 'string') throw new HiveError('invalid_input', read);
  const [host = ''] = read.hosts;
  if (read.hosts.length !== 1 || host.startsWith('*') || !lower.startsWith(host))
    throw new HiveError(
      'invalid_input',
      `"${text}" is not one host: a secret is for one host, not a preset or a wildcard.`,
    );
  if (read.port === PLAIN_PORT)
    throw new HiveError('invalid_input', 'Port 80 is plain HTTP: name the port of TLS, or none for 443.');
  return { host, ...given('port', read.port ?? undefined) };
}

function readHow(options: Options) {
  const header = ifGiven(options['header'], (text) => text.toLowerCase()) ?? 'authorization';
  const scheme: InjectionScheme =
    ifGiven(options['scheme'], injectionScheme.parse) ?? (header === 'authorization' ? 'bearer' : 'plain');
  const checks = [
    ['--secret', secretName.safeParse(options['secret'])],
    ['--header', injectionHeader.safeParse(header)],
    ['--user', injectionUser.optional().safeParse(options['user'])],
  ] as const;
  for (const [option, { error }] of checks)
    if (error !== undefined) throw new HiveError('invalid_input', `${option}: ${error.issues[0]?.message}.`);
  return { secret: String(options['secret']), header, scheme, ...given('user', ifGiven(options['user'], String)) };
}
