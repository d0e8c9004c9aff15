import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import type { OpOutput } from '../../../protocol/op.ts';
import type { hivedOperations } from '../../../protocol/operations/admin.ts';
import { BUILT_IN_PROVIDERS, DEFAULT_PROVIDER } from '../../../protocol/providers.ts';
import { type DifferenceReason, MAX_BILL_DAYS } from '../../../protocol/schemas/bill.ts';
import type { CliContext } from '../context.ts';
import { sayCost, sayCount } from '../output/say-figures.ts';
import { sayTable } from '../output/say-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { readProvider } from '../read-provider.ts';
import { readSecret } from '../read-secret.ts';
import { define, examples, readNumber } from './command.ts';

type Answer = OpOutput<typeof hivedOperations.reconcileCosts>;
type Day = Answer['days'][number];
type Line = Pick<Day['models'][number], 'counted' | 'billed'> & {
  day: string;
  model: string;
  difference: number | null;
};

/** What explains a difference, as a sentence below the table. */
const REASONS: Readonly<Record<DifferenceReason, string>> = {
  not_over: 'the day is not over, and the provider may not have all of it',
  unpriced: 'the hive has calls without a known price, and nothing of them in its sum (hivectl prices)',
  elsewhere:
    "the provider counted what did not go through this provider of the hive: other programs, or another provider's key of the same organization",
  estimated: 'the hive counted more: calls that were cut off or left are estimated',
  uncounted:
    'the hive counted more: a key of another organization, calls around midnight UTC, or figures that the provider does not have yet',
  prices:
    'the prices differ: discounts, tiers, surcharges, or tools that are charged by use; or prices.yaml (hivectl prices)',
};

export function addReconcileCommand(cost: Command, context: CliContext): void {
  const reconcile = cost
    .command('reconcile')
    .description(
      "what the hive counted beside what the provider says, by day (UTC) and model; asks for an admin key of the provider's organization, which is used once and not kept",
    )
    .argument('PROVIDER')
    .option('--days <n>', `how many days, today included (at most ${MAX_BILL_DAYS})`, '7');
  examples(reconcile, [
    [`hivectl cost reconcile ${DEFAULT_PROVIDER}`, 'asks for the admin key without showing it'],
    [`hivectl cost reconcile ${BUILT_IN_PROVIDERS[1]} --days 31 --json < admin-key.txt`, ''],
  ]);
  define(reconcile, context, async (terminal, options, [name]) => {
    const provider = readProvider(name);
    const days = readNumber(options['days'], '--days');
    if (days > MAX_BILL_DAYS)
      throw new HiveError('invalid_input', `Providers give at most ${MAX_BILL_DAYS} days; --days is ${days}.`);
    const adminKey = await readSecret(context, `Admin key for ${provider} (not shown, not kept): `);
    const answer = await context.hive.call('reconcileCosts', { provider, adminKey, days });
    terminal.print(answer);
    show(terminal, answer, context.now());
  });
}

function show(terminal: Terminal, { days, timeZone }: Answer, now: number): void {
  const columns = [
    { title: 'DAY (UTC)', value: ({ day }: Line) => day },
    { title: 'MODEL', value: ({ model }: Line) => model },
    { title: 'HIVE', value: ({ counted }: Line) => (counted === null ? '–' : sayCost(counted.usage)) },
    { title: 'PROVIDER', value: ({ billed }: Line) => sayUsd(billed?.usd ?? null) },
    { title: 'DIFFERENCE', value: ({ difference }: Line) => sayDifference(difference) },
    { title: 'TOKENS', value: ({ counted }: Line) => (counted === null ? '–' : sayCount(tokensOf(counted.usage))) },
    { title: 'PROVIDER', value: ({ billed }: Line) => (billed?.tokens == null ? '–' : sayCount(billed.tokens)) },
    { title: 'CALLS', value: ({ counted }: Line) => String(counted?.calls ?? 0) },
    { title: 'PROVIDER', value: ({ billed }: Line) => String(billed?.requests ?? '–') },
  ];
  sayTable(terminal, columns, { items: days.flatMap(linesOf), now });
  for (const { day, why } of days)
    if (why.length > 0) terminal.say(`${day}: ${why.map((reason) => REASONS[reason]).join('; ')}.`);
  if (days.every(({ why }) => why.length === 0)) terminal.say('The figures agree, where the provider says any.');
  const zone = timeZone === 'UTC' ? '' : ` (hivectl cost lists those of ${timeZone})`;
  terminal.say(`Days are those of UTC, as providers count them${zone}. A call counts on the day on which it ended.`);
}

function linesOf({ day, counted, billed, differenceUsd, models }: Day): Line[] {
  return [
    { day, model: 'all', counted, billed, difference: differenceUsd },
    ...models.map((one) => ({
      day: '',
      model: one.model ?? '(not by model)',
      counted: one.counted,
      billed: one.billed,
      difference:
        one.model === null || one.billed?.usd == null ? null : one.billed.usd - (one.counted?.usage.costUsd ?? 0),
    })),
  ];
}

function tokensOf(usage: {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}) {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

/** To the hundredth of a cent: what is compared is not rounded to agree. */
function sayUsd(usd: number | null): string {
  return usd === null ? '–' : `${usd < 0 ? '-' : ''}$${Math.abs(usd).toFixed(4)}`;
}

function sayDifference(usd: number | null): string {
  if (usd === null) return '–';
  return Math.abs(usd) < 0.00005 ? '$0' : `${usd > 0 ? '+' : ''}${sayUsd(usd)}`;
}
