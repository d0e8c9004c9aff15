import { type Command, Option } from 'commander';
import prettyBytes from 'pretty-bytes';
import { egressMethod, egressTerm, PRESET_NAMES, readEgressTarget } from '../../../protocol/egress.ts';
import { HiveError } from '../../../protocol/errors.ts';
import { sayHost, sayResult, sayRule } from '../../../protocol/egress-words.ts';
import type { EgressRuleView } from '../../../protocol/schemas/egress.ts';
import type { CliContext } from '../context.ts';
import { sayTime } from '../output/say-figures.ts';
import { collect, define, examples, given, ifGiven, type OptionValue, readCount, readNumber } from './command.ts';
import { addInject } from './egress-inject.ts';
import { addQuota } from './egress-quota.ts';
import { addList } from './list-egress.ts';
import { defineList } from './list.ts';
import { readCaller, readSubject } from './read-subject.ts';

export function addEgressCommands(program: Command, context: CliContext): void {
  const egress = program
    .command('egress')
    .description('hosts outside that agents may reach; a box reaches none that is not allowed here');
  addAllow(egress, context);
  addDeny(egress, context);
  addRemove(egress, context);
  addInject(egress, context);
  addQuota(egress, context);
  addList(egress, context);
  addLog(egress, context);
}

function addAllow(egress: Command, context: CliContext): void {
  const allow = egress
    .command('allow')
    .description('let an agent, or all agents with a role, reach a host')
    .argument('AGENT', 'a name, @role:ROLE, "*" (every agent), or "hive" (the hive’s own forge)')
    .argument('HOST', `host[:port], *.domain[:port], or a preset: ${PRESET_NAMES.join(', ')}`)
    .addOption(
      new Option('--for <term>', 'always; turn: until its turn ends; once: for one connection').choices(
        egressTerm.options,
      ),
    )
    .option('--method <method>', 'only this method over plain HTTP; may be given several times', collect)
    .option('--address <address>', 'where the host is, instead of what its name resolves to; may be a private address');
  examples(allow, [
    ['hivectl egress allow coder npm', 'the hosts of a preset'],
    ['hivectl egress allow @role:worker "*.example.com"', 'every name below a domain'],
    ['hivectl egress allow coder files.example.com:8443 --for turn', ''],
    ['hivectl egress allow coder git.corp.example --address 10.0.0.7', 'a host of your own network'],
    ['hivectl egress allow hive github.com', 'for imports and mirrors of the forge'],
  ]);
  define(allow, context, async (terminal, options, [subject, target]) => {
    const answer = await context.hive.call('allowEgress', {
      subject: readSubject(subject),
      target: readTarget(target),
      ...given('term', ifGiven(options['for'], egressTerm.parse)),
      ...given('methods', readMethods(options['method'])),
      ...given('address', ifGiven(options['address'], String)),
    });
    terminal.print(answer);
    terminal.say(sayRuleLine(answer.rule));
  });
}

function addDeny(egress: Command, context: CliContext): void {
  const terms = egressTerm.exclude(['once']);
  const deny = egress
    .command('deny')
    .description('keep an agent, or all agents with a role, from a host, whatever else allows it')
    .argument('AGENT', 'as for allow')
    .argument('HOST', 'as for allow')
    .addOption(new Option('--for <term>', 'always; turn: until its turn ends').choices(terms.options));
  examples(deny, [['hivectl egress deny scout github', '']]);
  define(deny, context, async (terminal, options, [subject, target]) => {
    const answer = await context.hive.call('denyEgress', {
      subject: readSubject(subject),
      target: readTarget(target),
      ...given('term', ifGiven(options['for'], terms.parse)),
    });
    terminal.print(answer);
    terminal.say(sayRuleLine(answer.rule));
  });
}

function addRemove(egress: Command, context: CliContext): void {
  const remove = egress.command('rm').description('remove a rule').argument('ID', 'its number in "egress ls"');
  examples(remove, [['hivectl egress rm 3', '']]);
  define(remove, context, async (terminal, _options, [id]) => {
    const answer = await context.hive.call('removeEgress', { id: readNumber(id, 'A rule’s ID') });
    terminal.print(answer);
    terminal.say(`Rule ${answer.rule.id} (${answer.rule.target} for ${answer.rule.subject}) is removed.`);
  });
}

function addLog(egress: Command, context: CliContext): void {
  const log = egress
    .command('log')
    .description('connections to hosts outside, refused ones too, the newest first')
    .argument('[AGENT]', 'only those of this agent, or of "hive"')
    .option('-n, --count <count>', 'how many (default: 50)');
  examples(log, [
    ['hivectl egress log coder -n 200', ''],
    ['hivectl egress log hive', 'of imports, mirrors and webhooks'],
  ]);
  defineList(log, context, {
    read: (options, [agent]) => ({ ...given('agent', ifGiven(agent, readCaller)), limit: readCount(options, 50) }),
    ask: (query) => context.hive.call('listConnections', query),
    items: ({ connections }) => connections,
    columns: [
      { title: 'WHEN', value: ({ startedAt }, now) => sayTime(startedAt, now) },
      { title: 'AGENT', value: ({ agent }) => agent },
      { title: 'HOST', shrinkTo: 16, value: (connection) => sayHost(connection) },
      { title: 'HOW', value: ({ method }) => method },
      { title: 'RESULT', value: (connection) => sayResult(connection) },
      { title: 'UP', align: 'right', value: ({ bytesUp }) => prettyBytes(bytesUp) },
      { title: 'DOWN', align: 'right', value: ({ bytesDown }) => prettyBytes(bytesDown) },
    ],
    empty: ({ agent }) => `${agent ?? 'Nobody'} has ${agent === undefined ? '' : 'not '}asked for a host outside.`,
  });
}

/** What holds now. */
export function sayRuleLine(rule: EgressRuleView): string {
  return `Rule ${rule.id}: ${sayRule(rule)}.`;
}

/** Throws `invalid_input` with the reason why it is no target. */
function readTarget(text = ''): string {
  const target = text.toLowerCase();
  const read = readEgressTarget(target);
  if (typeof read === 'string') throw new HiveError('invalid_input', read);
  return target;
}

/** Throws `invalid_input`. */
function readMethods(value: OptionValue) {
  if (!Array.isArray(value)) return undefined;
  const parsed = egressMethod.array().safeParse(value.map((one) => String(one).toUpperCase()));
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `--method is one of ${egressMethod.options.join(', ')}.`);
}
