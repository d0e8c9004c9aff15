import type { Command } from 'commander';
import { sayAsked } from '../../../protocol/injection-words.ts';
import { sayBytes, sayQuota } from '../../../protocol/quota-words.ts';
import type { InjectionView } from '../../../protocol/injections.ts';
import { KIND_WORDS } from '../../../protocol/egress-words.ts';
import type { EgressRuleView, QuotaStateView } from '../../../protocol/schemas/egress.ts';
import type { CliContext } from '../context.ts';
import { sayUntil } from '../output/say-figures.ts';
import { type ItemColumn, sayTable } from '../output/say-table.ts';
import { define, examples } from './command.ts';

const TERMS = { always: 'removed', turn: 'the turn ends', once: 'one connection' } as const;

const RULES: readonly ItemColumn<EgressRuleView>[] = [
  { title: 'ID', align: 'right', value: ({ id }) => String(id) },
  { title: 'FOR', value: ({ subject }) => subject },
  { title: 'RULE', value: ({ verdict }) => verdict },
  { title: 'HOST', shrinkTo: 16, value: ({ target }) => target },
  { title: 'UNTIL', value: ({ term }) => TERMS[term] },
  {
    title: 'ONLY',
    value: ({ kind, methods, address }) =>
      [...(kind === null ? [] : [KIND_WORDS[kind]]), ...(methods ?? []), ...(address ? [`at ${address}`] : [])].join(
        ' ',
      ),
  },
];

const TRAFFIC: readonly ItemColumn<QuotaStateView>[] = [
  { title: 'AGENT', value: ({ agent }) => agent },
  { title: 'QUOTA', value: (quota) => sayQuota(quota) },
  { title: 'SET FOR', value: ({ setFor }) => setFor },
  { title: 'USED', align: 'right', value: ({ used }) => sayBytes(used) },
  { title: '%', align: 'right', value: ({ used, bytes }) => String(Math.floor((used / bytes) * 100)) },
  { title: 'BEGINS AGAIN', value: ({ until }, now) => sayUntil(until, now) },
];

const INJECTIONS: readonly ItemColumn<InjectionView>[] = [
  { title: 'ID', align: 'right', value: ({ id }) => String(id) },
  { title: 'FOR', value: ({ subject }) => subject },
  { title: 'SECRET', value: ({ secret }) => secret },
  { title: 'ADDED TO', shrinkTo: 16, value: sayAsked },
  { title: 'AS', value: ({ header, scheme, user }) => `${header} (${scheme}${user === null ? '' : ` ${user}`})` },
];

/** `hivectl egress ls`: the rules, added secrets, quotas with what is used of them, and the presets. */
export function addList(egress: Command, context: CliContext): void {
  const ls = egress
    .command('ls')
    .description('the rules, secrets that are added, what is used of quotas, and the hosts of the presets');
  examples(ls, [['hivectl egress ls', '']]);
  define(ls, context, async (terminal) => {
    const answer = await context.hive.call('listEgress', {});
    const { rules, presets, quotas, injections, traffic } = answer;
    const now = context.now();
    terminal.print(answer);
    if (rules.length === 0) terminal.say('No host is allowed. Allow one: hivectl egress allow AGENT HOST');
    else sayTable(terminal, RULES, { items: rules, now });
    if (injections.length > 0) {
      terminal.say('');
      sayTable(terminal, INJECTIONS, { items: injections, now });
    }
    if (traffic.length > 0) {
      terminal.say('');
      sayTable(terminal, TRAFFIC, { items: traffic, now });
    }
    for (const { subject, ...quota } of quotas)
      if (!traffic.some(({ setFor, per }) => setFor === subject && per === quota.per))
        terminal.say(`Set for ${subject}, and in force for no agent now: ${sayQuota(quota)}.`);
    if (rules.length > 0) for (const { name, hosts } of presets) terminal.paragraph(`${name}: ${hosts.join(', ')}`, 0);
  });
}
