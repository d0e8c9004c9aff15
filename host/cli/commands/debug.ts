import type { Command } from 'commander';
import type { RawLine } from '../../../protocol/schemas/raw-lines.ts';
import type { TurnDebug } from '../../../protocol/schemas/turn-debug.ts';
import { shorten } from '../../../system/text/cut-text.ts';
import type { CliContext } from '../context.ts';
import { cleanText, oneLine } from '../output/clean-text.ts';
import { sayEvent } from '../output/say-event.ts';
import { sayCost, sayCount, saySpan, sayTime } from '../output/say-figures.ts';
import { sayTable } from '../output/say-table.ts';
import { showControls } from '../output/show-controls.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, examples, given, ifGiven, readName, readNumber } from './command.ts';

/** Characters of a raw line that are shown without --full. */
const SHOWN_CHARS = 400;

export function addDebugCommands(program: Command, context: CliContext): void {
  const debug = program.command('debug').description('for finding out what went wrong');
  const turn = debug
    .command('turn')
    .description('everything known about a turn, and the raw lines between the harness and its program')
    .argument('<N>', "the turn's number, as in hivectl stats --by turn")
    .option('--agent <name>', 'refuse it if it is not a turn of this agent')
    .option('--full', `raw lines whole, not their first ${SHOWN_CHARS} characters`);
  examples(turn, [
    ['hivectl debug turn 42', ''],
    ['hivectl debug turn 42 --agent coder --full', 'raw lines whole'],
    ['hivectl debug turn 42 --json', 'all of it for programs'],
  ]);
  define(turn, context, async (terminal, options, [number]) => {
    const query = {
      turn: readNumber(number, "A turn's number"),
      ...given('name', ifGiven(options['agent'], readName)),
    };
    const answer = await context.hive.call('debugTurn', query);
    terminal.print(answer);
    sayTurn(terminal, answer, { now: context.now(), full: options['full'] === true });
  });
}

function sayTurn(terminal: Terminal, turn: TurnDebug, how: { now: number; full: boolean }): void {
  const { now } = how;
  saySummary(terminal, turn, now);
  title(terminal, 'Deliveries');
  sayTable(terminal, DELIVERY_COLUMNS, { items: turn.deliveries, now });
  title(terminal, 'Calls to models');
  if (turn.calls.length === 0) terminal.say('None is stored. Single calls are kept for retention.costs_days.');
  else sayTable(terminal, CALL_COLUMNS, { items: turn.calls, now });
  title(terminal, 'Events');
  for (const event of turn.events) sayEvent(terminal, event, now);
  if (turn.eventsAreCut) terminal.say(`More: hivectl events --agent ${turn.agent}`);
  title(terminal, 'Raw lines');
  sayRaw(terminal, turn.raw, how);
}

function title(terminal: Terminal, text: string): void {
  terminal.say();
  terminal.say(terminal.style('bold', text));
}

function saySummary(terminal: Terminal, turn: TurnDebug, now: number): void {
  const { stats, plan } = turn;
  const took = turn.endedAt === null ? 'it runs' : `it took ${saySpan(turn.endedAt - turn.startedAt)}`;
  const outcome = turn.outcome?.replaceAll('_', ' ') ?? 'no outcome yet';
  terminal.say(`Turn ${turn.turn} of ${turn.agent}: ${outcome}. It began ${sayTime(turn.startedAt, now)}; ${took}.`);
  if (turn.reason !== null) terminal.say(`Reason: ${oneLine(turn.reason)}`);
  if (turn.interruptAsked) terminal.say('The operator asked to interrupt it.');
  terminal.say(`Box: generation ${turn.generation}, boot ${turn.bootId}, fence ${turn.fence}`);
  if (turn.endedAt === null) terminal.say(`Lease: until ${sayTime(turn.leaseUntil, now)}`);
  const session = stats?.sessionId ?? plan?.id ?? null;
  if (stats !== null) {
    terminal.say(`Conversation: ${stats.choice}, ${oneLine(stats.reason)}${session === null ? '' : ` (${session})`}`);
    terminal.say(
      `Figures: waited ${saySpan(stats.waitedMs)}, models ${saySpan(stats.modelMs)}, tools ${stats.toolsMs === null ? 'unknown' : saySpan(stats.toolsMs)}, ${stats.toolCalls} tool calls, ${stats.calls} calls to models`,
    );
    terminal.say(
      `Tokens: ${sayCount(stats.inputTokens)} in, ${sayCount(stats.cacheReadTokens)} read, ${sayCount(stats.cacheWrite5mTokens + stats.cacheWrite1hTokens)} written, ${sayCount(stats.outputTokens)} out; ${sayCost(stats)}`,
    );
  }
  if (turn.text !== '') {
    terminal.say('Last text:');
    terminal.paragraph(cleanText(turn.text), 2);
  }
}

const DELIVERY_COLUMNS = [
  { title: 'MESSAGE', value: ({ message }: Delivery) => String(message) },
  { title: 'FROM', value: ({ from }: Delivery) => from },
  { title: 'TRY', value: ({ attempt }: Delivery) => String(attempt) },
  { title: 'CAME', value: ({ joined }: Delivery) => (joined ? 'into the turn' : 'before it') },
  { title: 'IN CONTEXT', value: ({ inContextAt }: Delivery, now: number) => sayAt(inContextAt, now) },
  { title: 'STATE', value: sayState },
  { title: 'ENDED', value: ({ endedAt }: Delivery, now: number) => sayAt(endedAt, now) },
  { title: 'NOTE', value: ({ note }: Delivery) => oneLine(note ?? '') },
];
type Delivery = TurnDebug['deliveries'][number];

function sayState({ state, laterTurn }: Delivery): string {
  return laterTurn === null ? state : `put back; ${state} in turn ${laterTurn}`;
}

function sayAt(at: number | null, now: number): string {
  return at === null ? '–' : sayTime(at, now);
}

const CALL_COLUMNS = [
  { title: 'BEGAN', value: ({ startedAt }: Call, now: number) => sayTime(startedAt, now) },
  { title: 'TOOK', value: ({ startedAt, endedAt }: Call) => saySpan(endedAt - startedAt) },
  { title: 'STATUS', value: ({ status }: Call) => String(status) },
  { title: 'PROVIDER', value: ({ provider }: Call) => provider },
  { title: 'MODEL', value: ({ model }: Call) => oneLine(model) },
  { title: 'IN', value: ({ inputTokens }: Call) => sayCount(inputTokens) },
  { title: 'READ', value: ({ cacheReadTokens }: Call) => sayCount(cacheReadTokens) },
  { title: 'WRITTEN', value: ({ cacheWriteTokens }: Call) => sayCount(cacheWriteTokens) },
  { title: 'OUT', value: ({ outputTokens }: Call) => sayCount(outputTokens) },
  {
    title: 'COST',
    value: ({ costUsd }: Call) => sayCost({ costUsd: costUsd ?? 0, unpricedCalls: costUsd === null ? 1 : 0 }),
  },
];
type Call = TurnDebug['calls'][number];

function sayRaw(terminal: Terminal, raw: TurnDebug['raw'], { now, full }: { now: number; full: boolean }): void {
  let last = 0;
  for (const line of raw.lines) {
    const missing = line.n - last - 1;
    if (missing > 0) terminal.say(terminal.style('dim', `(${missing} lines were not kept)`));
    last = line.n;
    terminal.say(sayRawLine(terminal, line, { now, full }));
  }
  if (raw.isCut) terminal.say('There are more than can be shown.');
  if (raw.unreadable > 0) terminal.say(`${raw.unreadable} lines of the files cannot be parsed.`);
  if (raw.problem !== null) terminal.say(oneLine(raw.problem));
  else if (raw.lines.length === 0) terminal.say('None is kept (harness.raw_days and harness.raw_mb in config.yaml).');
}

function sayRawLine(terminal: Terminal, line: RawLine, { now, full }: { now: number; full: boolean }): string {
  const text = showControls(full ? line.text : shorten(line.text, SHOWN_CHARS));
  const left = line.text.length - SHOWN_CHARS;
  const more = !full && left > 0 ? ` (${left} more characters: --full)` : '';
  const time = `${sayTime(line.at, now)}.${String(line.at % 1_000).padStart(3, '0')}`;
  const end = line.isCut ? ' (the rest was not kept)' : '';
  return `${terminal.style('dim', time)}  ${line.kind.padEnd(6)}  ${text}${more}${end}`;
}
