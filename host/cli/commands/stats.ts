import { type Command, Option } from 'commander';
import * as z from 'zod';
import { cacheHits } from '../../../protocol/cache-hits.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { OpInput, OpOutput } from '../../../protocol/op.ts';
import type { statsOperations } from '../../../protocol/operations/stats.ts';
import { statsGroup, type StatsSum, type TurnStats } from '../../../protocol/schemas/stats.ts';
import type { CliContext } from '../context.ts';
import { sayContext, sayCost, sayCount, saySpan, sayTime } from '../output/say-figures.ts';
import type { ItemColumn } from '../output/say-table.ts';
import { define, examples, given, ifGiven, type Options, readName } from './command.ts';
import { type List, showList } from './list.ts';

const BY_TURN = 'turn';
const dayCount = z.coerce.number().int().min(1);

export function addStatsCommand(program: Command, context: CliContext): void {
  const stats = program
    .command('stats')
    .description('turns: tokens by kind, money, times, size of the conversation; of one agent, or of all')
    .argument('[NAME]', 'an agent; also one that is gone')
    .addOption(new Option('--by <group>', 'sums by').choices([...statsGroup.options, BY_TURN]).default('day'))
    .option('--days <n>', 'of the last days, today included; not with --by turn', '30')
    .option('--limit <n>', 'with --by turn: this many turns, the newest', '30');
  examples(stats, [
    ['hivectl stats', 'all agents, by day'],
    ['hivectl stats --by agent --days 7', ''],
    ['hivectl stats coder --by turn', 'single turns, the newest first'],
    ['hivectl stats coder --by choice --json', 'continued, compacted and fresh conversations'],
  ]);
  define(stats, context, async (terminal, options, args) => {
    if (options['by'] === BY_TURN) return showList(terminal, turns, { context, options, args });
    return showList(terminal, sums, { context, options, args });
  });

  const sums: List<OpInput<typeof statsOperations.sumTurnStats>, Sums, Sums['rows'][number]> = {
    read: (options, [name]) => ({
      by: statsGroup.parse(options['by']),
      days: readCount(options['days'], '--days'),
      ...given('name', ifGiven(name, readName)),
    }),
    ask: (query) => context.hive.call('sumTurnStats', query),
    items: ({ rows }) => rows,
    columns: [{ title: 'OF', value: ({ key }) => (key === '' ? 'unknown' : key) }, ...SUM_COLUMNS],
    empty: ({ days }) => `No turn ended in the last ${days} days.`,
    below(terminal, { total, rows, timeZone }) {
      if (rows.length > 1)
        terminal.say(
          `Together: ${total.turns} turns (${total.done} done, ${total.fresh} with a fresh conversation, ${total.compacted} compacted), ${sayCost(total)}.`,
        );
      terminal.say(`Days are those of ${timeZone}. Single turns: hivectl stats --by turn`);
    },
  };

  const turns: List<OpInput<typeof statsOperations.listTurnStats>, Turns, TurnStats> = {
    read: (options: Options, [name]) => ({
      limit: readCount(options['limit'], '--limit'),
      ...given('name', ifGiven(name, readName)),
    }),
    ask: (query) => context.hive.call('listTurnStats', query),
    items: (answer) => answer.turns,
    columns: [
      { title: 'TURN', value: ({ turn }) => String(turn) },
      { title: 'AGENT', value: ({ agent }) => agent },
      { title: 'BEGAN', value: ({ startedAt }, now) => sayTime(startedAt, now) },
      { title: 'OUTCOME', value: ({ outcome }) => outcome?.replaceAll('_', ' ') ?? 'runs' },
      { title: 'WAITED', value: ({ waitedMs }) => saySpan(waitedMs) },
      { title: 'TOOK', value: ({ durationMs, endedAt }) => (endedAt === null ? '–' : saySpan(durationMs)) },
      { title: 'MODEL', value: ({ modelMs }) => saySpan(modelMs) },
      { title: 'TOOLS', value: ({ toolsMs }) => (toolsMs === null ? '–' : saySpan(toolsMs)) },
      { title: 'CALLS', value: ({ calls, toolCalls }) => `${calls}+${toolCalls}` },
      ...TOKEN_COLUMNS,
      { title: 'CONTEXT', value: sayContext },
      { title: 'COST', value: (turn) => sayCost(turn) },
      { title: 'SESSION', value: ({ choice, reason }) => `${choice}: ${reason}` },
    ],
    empty: () => 'No turn is known.',
    below: (terminal) =>
      terminal.say('CALLS: of models + of tools. HIT: the part of the prompts that came from the cache.'),
  };
}

type Sums = OpOutput<typeof statsOperations.sumTurnStats>;
type Turns = OpOutput<typeof statsOperations.listTurnStats>;
type Figures = Pick<
  StatsSum,
  'inputTokens' | 'cacheReadTokens' | 'cacheWrite5mTokens' | 'cacheWrite1hTokens' | 'outputTokens' | 'reasoningTokens'
>;

const TOKEN_COLUMNS: readonly ItemColumn<Figures>[] = [
  { title: 'IN', value: ({ inputTokens }) => sayCount(inputTokens) },
  { title: 'READ', value: ({ cacheReadTokens }) => sayCount(cacheReadTokens) },
  { title: 'WRITE 5M', value: ({ cacheWrite5mTokens }) => sayCount(cacheWrite5mTokens) },
  { title: 'WRITE 1H', value: ({ cacheWrite1hTokens }) => sayCount(cacheWrite1hTokens) },
  { title: 'HIT', value: sayHits },
  { title: 'OUT', value: ({ outputTokens }) => sayCount(outputTokens) },
  { title: 'REASONING', value: ({ reasoningTokens }) => sayCount(reasoningTokens) },
];

const SUM_COLUMNS: readonly ItemColumn<StatsSum>[] = [
  {
    title: 'TURNS',
    value: ({ turns, done }) => (done === turns ? String(turns) : `${turns}, ${turns - done} not done`),
  },
  { title: 'FRESH', value: ({ fresh }) => String(fresh) },
  { title: 'COMPACTED', value: ({ compacted }) => String(compacted) },
  { title: 'CALLS', value: ({ calls, toolCalls }) => `${calls}+${toolCalls}` },
  ...TOKEN_COLUMNS,
  { title: 'WAITED', value: ({ waitedMs, turns }) => saySpan(waitedMs / Math.max(1, turns)) },
  { title: 'TOOK', value: ({ durationMs }) => saySpan(durationMs) },
  { title: 'MODEL', value: ({ modelMs }) => saySpan(modelMs) },
  { title: 'TOOLS', value: ({ toolsMs }) => saySpan(toolsMs) },
  { title: 'COST', value: (sum) => sayCost(sum) },
];

/** The part of the prompts that was read from the cache, in per cent. */
function sayHits(figures: Figures): string {
  const hits = cacheHits(figures);
  return hits === null ? '–' : `${Math.round(100 * hits)}%`;
}

function readCount(text: Options[string], option: string): number {
  const parsed = dayCount.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `${option} takes a whole number above 0, not "${String(text)}".`);
}
