import type { Command } from 'commander';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import type { CliContext } from '../../context.ts';
import { followEvents } from '../../follow-events.ts';
import { readEvents } from '../../read-events.ts';
import { createTalkFilter } from '../../output/talk-filter.ts';
import { sayTalk, TALK_KINDS } from '../../output/say-talk.ts';
import { define, examples, readCount } from '../command.ts';
import { readOf } from './read-mail.ts';

const BEFORE = 10;
/** With one agent, at most this many events are searched for its earlier messages. */
const LOOK_BACK = 1_000;

export function addTailCommand(program: Command, context: CliContext): void {
  const tail = program
    .command('tail')
    .description("the hive's talk as it happens: messages, who reads them, questions, reminders")
    .option('--of <name>', 'only what is from, to or about this agent (or "operator")')
    .option('-n, --count <number>', `begin with so many that were before (default ${BEFORE}; 0 for none)`);
  examples(tail, [
    ['hivectl tail', 'everything, until Ctrl-C'],
    ['hivectl tail --of scout', "only scout's"],
  ]);
  define(tail, context, async (terminal, options) => {
    const of = readOf(options['of']);
    const count = options['count'] === '0' ? 0 : readCount(options, BEFORE);
    // An agent that never existed is reported at once instead of waited for.
    if (of !== undefined) await context.hive.call('listThreads', { of, limit: 1 });
    const concerns = createTalkFilter(of);
    const show = (event: HiveEvent) => {
      terminal.print(event);
      sayTalk(terminal, event, context.now());
    };
    const { events, from } = await readEvents(context, {
      kinds: TALK_KINDS,
      limit: of === undefined ? Math.max(count, 1) : LOOK_BACK,
    });
    const before = events.filter(concerns);
    for (const event of count === 0 ? [] : before.slice(-count)) show(event);
    if (before.length === 0)
      terminal.say('Nobody has said anything yet; waiting … (begin: hivectl send manager "hello")');
    // The shown events are in the log by then, so the stream continues after them.
    for await (const event of followEvents(context, { after: from, kinds: TALK_KINDS }, (line) => terminal.note(line)))
      if (concerns(event)) show(event);
  });
}
