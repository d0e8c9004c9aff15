import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { EVENT_KINDS } from '../../../protocol/schemas/event.ts';
import type { CliContext } from '../context.ts';
import { followEvents } from '../follow-events.ts';
import { readEvents } from '../read-events.ts';
import { cleanText } from '../output/clean-text.ts';
import { newLines, type LogLine } from '../output/new-lines.ts';
import { sayEvent } from '../output/say-event.ts';
import { sayTime } from '../output/say-figures.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, type Options, type OptionValue, examples, readCount, readName, readNumber } from './command.ts';
import { pause } from '../../../system/pause.ts';

const POLL_MS = 700;

export function addLogCommands(program: Command, context: CliContext): void {
  const logs = program
    .command('logs')
    .description("what an agent's harness printed")
    .argument('NAME', 'the agent')
    .option('-n, --lines <number>', 'the newest so many lines (default 200)')
    .option('-f, --follow', 'go on with what comes');
  examples(logs, [['hivectl logs scout -n 50 -f', 'the newest 50, then what comes']]);
  define(logs, context, async (terminal, options, [text]) => {
    const name = readName(text);
    const lines = options['lines'] === undefined ? 200 : readNumber(options['lines'], '--lines');
    const first = await context.hive.call('agentLogs', { name, lines });
    if (options['follow'] !== true) {
      terminal.print(first);
      sayLines(context, terminal, first.lines);
      if (first.lines.length === 0)
        terminal.say(`${name} has printed nothing. What it does: hivectl events --agent ${name}`);
      return;
    }
    const show = (fresh: readonly LogLine[]) => {
      sayLines(context, terminal, fresh);
      for (const line of fresh) terminal.print(line);
    };
    show(first.lines);
    let seen: readonly LogLine[] = first.lines;
    while (!context.signal.aborted) {
      await pause(POLL_MS, context.signal);
      const next = await context.hive
        .call('agentLogs', { name, lines: Math.max(lines, 1_000) }, { signal: context.signal })
        .catch(forgiveAbsence);
      if (next === null) continue;
      show(newLines(seen, next.lines));
      seen = next.lines;
    }
  });

  const events = program
    .command('events')
    .description('the event log: everything that happened, in order')
    .option('--agent <name>', 'only of this agent')
    .option('--kinds <list>', 'only these, e.g. turn.*,message.sent')
    .option('--after <seq>', 'from behind this event on')
    .option('-n, --count <number>', 'how many (default 50)')
    .option('-f, --follow', 'go on with what comes, also over a restart of hived');
  examples(events, [
    ['hivectl events -f', 'watch the hive'],
    ['hivectl events --agent scout --kinds "turn.*"', 'what scout did'],
  ]);
  define(events, context, async (terminal, options) => showEvents(context, terminal, options));
}

async function showEvents(context: CliContext, terminal: Terminal, options: Options): Promise<void> {
  const filter = {
    ...(options['agent'] === undefined ? {} : { agent: readName(String(options['agent'])) }),
    ...(options['kinds'] === undefined ? {} : { kinds: readKinds(String(options['kinds'])) }),
  };
  const after = options['after'] === undefined ? {} : { after: readSeq(options['after']) };
  const limit = readCount(options, 50);
  const follow = options['follow'] === true;
  const { events: inOrder, lastSeq, from } = await readEvents(context, { ...filter, ...after, limit });
  if (!follow) terminal.print({ events: inOrder, lastSeq, ...('after' in after ? { upTo: from } : {}) });
  for (const event of inOrder) {
    if (follow) terminal.print(event);
    sayEvent(terminal, event, context.now());
  }
  if (!follow) {
    // Events outlive their agent, so the agent is looked up only when it has no events.
    if (inOrder.length === 0 && filter.agent !== undefined) await context.hive.call('getAgent', { name: filter.agent });
    if (inOrder.length === 0) terminal.say('Nothing of that kind has happened.');
    return;
  }
  for await (const event of followEvents(context, { ...filter, after: from }, (line) => terminal.note(line))) {
    terminal.print(event);
    sayEvent(terminal, event, context.now());
  }
}

/** 0 is before the first event. */
function readSeq(text: OptionValue): number {
  return text === '0' ? 0 : readNumber(text, '--after');
}

/** A list of kinds as typed. Throws `invalid_input` for an unknown kind. */
function readKinds(text: string): string {
  for (const wanted of text.split(',').map((kind) => kind.trim())) {
    const known = wanted.endsWith('*')
      ? EVENT_KINDS.some((kind) => kind.startsWith(wanted.slice(0, -1)))
      : (EVENT_KINDS as readonly string[]).includes(wanted);
    if (!known)
      throw new HiveError(
        'invalid_input',
        `No event is of the kind "${wanted}". There are: ${EVENT_KINDS.join(', ')}.`,
      );
  }
  return text;
}

function sayLines(context: CliContext, terminal: Terminal, lines: readonly LogLine[]): void {
  for (const { at, text } of lines) {
    const time = at === null ? '' : `${terminal.style('dim', sayTime(at, context.now()))}  `;
    terminal.say(time + cleanText(text));
  }
}

/** While following, a short absence of the hive or the engine is not an error. */
function forgiveAbsence(error: unknown): null {
  if (error instanceof HiveError && !['hive_unreachable', 'engine_unavailable'].includes(error.code)) throw error;
  return null;
}
