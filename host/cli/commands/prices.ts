import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import type { OpInput, OpOutput } from '../../../protocol/op.ts';
import type { moneyOperations } from '../../../protocol/operations/money.ts';
import { modelName } from '../../../protocol/schemas/model.ts';
import type { PriceRow } from '../../../protocol/schemas/price.ts';
import type { CliContext } from '../context.ts';
import { sayCount } from '../output/say-figures.ts';
import { readProvider } from '../read-provider.ts';
import { examples } from './command.ts';
import { defineList } from './list.ts';

type Query = OpInput<typeof moneyOperations.listPrices> & { all: boolean };
type Prices = OpOutput<typeof moneyOperations.listPrices>;
type Item = { provider: string; model: string; row: PriceRow | null };

/** `hivectl prices`: which price applies to which model, and where it is from. */
export function addPricesCommand(program: Command, context: CliContext): void {
  const prices = program
    .command('prices')
    .description('what models cost, in dollars per million tokens: those in use, one of them, or the whole list')
    .argument('[MODEL]', 'a model with its provider, as PROVIDER/MODEL')
    .option('--all', 'every price in the lists');
  examples(prices, [
    ['hivectl prices', 'the models in config.yaml, and those that were called in the last 31 days'],
    ['hivectl prices lab/qwen-3-coder', 'which price applies to this one'],
    ['hivectl prices --all --json', ''],
  ]);
  defineList<Query, Prices, Item>(prices, context, {
    read: (options, [model]) => ({ ...readModel(model), all: options['all'] === true }),
    ask: async ({ all, ...query }) => {
      const answer = await context.hive.call('listPrices', query);
      return all ? { ...answer, models: answer.rows.map(asListed) } : answer;
    },
    items: ({ models }) => models,
    columns: [
      { title: 'PROVIDER', value: ({ provider }) => provider },
      { title: 'MODEL', value: ({ model }) => model },
      { title: 'IN', value: ({ row }) => (row === null ? 'not known' : sayRate(row.price.input)) },
      { title: 'OUT', value: ({ row }) => sayRate(row?.price.output) },
      { title: 'CACHE READ', value: ({ row }) => sayRate(row?.price.cacheRead) },
      { title: 'WRITE 5M', value: ({ row }) => sayRate(row?.price.cacheWrite5m) },
      { title: 'WRITE 1H', value: ({ row }) => sayRate(row?.price.cacheWrite1h) },
      { title: 'AND', value: ({ row }) => (row === null ? '' : sayMore(row)) },
      { title: 'FROM', value: ({ row }) => (row === null ? '' : sayOrigin(row)) },
    ],
    empty: () => 'No model was called yet, and config.yaml names none. The whole list: hivectl prices --all',
    below(terminal, { models }) {
      if (models.some(({ row }) => row === null))
        terminal.say(
          'Calls to models without a known price are counted in tokens only, and refused under a budget in dollars. Give prices in prices.yaml, beside config.yaml; they hold from the next start of the hive (hivectl up --restart).',
        );
      const sources = models.flatMap(({ row }) =>
        row === null || row.source === null ? [] : [`${row.provider}: ${row.source}.`],
      );
      for (const line of new Set(sources)) terminal.say(line);
    },
  });
}

function asListed(row: PriceRow): Prices['models'][number] {
  return { provider: row.provider, model: row.models, row };
}

function readModel(text: string | undefined): OpInput<typeof moneyOperations.listPrices> {
  if (text === undefined) return {};
  const slash = text.indexOf('/');
  const model = modelName.safeParse(text.slice(slash + 1));
  if (slash < 1 || !model.success)
    throw new HiveError('invalid_input', `"${text}" is not a model with its provider: write PROVIDER/MODEL.`);
  return { provider: readProvider(text.slice(0, slash)), model: model.data };
}

/** Dollars, with all their digits: a price is exact. */
function sayRate(usd: number | undefined): string {
  return usd === undefined ? '' : `$${usd}`;
}

function sayMore({ price }: PriceRow): string {
  const { longPrompt, reasoning, audioInput, imageOutput, webSearches, tiers } = price;
  const parts = [
    longPrompt === null ? null : `over ${sayCount(longPrompt.over)}: $${longPrompt.input}, $${longPrompt.output}`,
    reasoning === null ? null : `reasoning $${reasoning}`,
    audioInput === null ? null : `sound $${audioInput}`,
    imageOutput === null ? null : `pictures $${imageOutput}`,
    webSearches === null ? null : `1,000 searches $${webSearches}`,
    ...Object.entries(tiers).map(([tier, factor]) => `${tier}: ${factor} times`),
  ];
  return parts.filter((part) => part !== null).join('; ');
}

function sayOrigin({ provider, models, origin, asOf }: PriceRow): string {
  const list = origin === 'own' ? 'prices.yaml' : 'this version';
  return `${list}, ${provider}/${models}${asOf === null ? '' : `, ${asOf}`}`;
}
