import type { Command } from 'commander';
import type { AgentName } from '../../../protocol/names.ts';
import type { CliContext } from '../context.ts';
import { followEvents } from '../follow-events.ts';
import { sayEvent } from '../output/say-event.ts';
import type { Terminal } from '../output/terminal.ts';
import { showTerminal, useTerminal } from '../terminal/use-terminal.ts';
import { define, examples, readName } from './command.ts';
import { refuseJson, reportEnd } from './shell.ts';

export function addAttachCommand(program: Command, context: CliContext): void {
  const attach = program
    .command('attach')
    .description("the agent's own conversation, in its CLI's own terminal interface; turns wait until you leave it")
    .argument('NAME', 'the agent')
    .option('--when-idle', 'wait until the running turn is over; no other one begins meanwhile')
    .option('--watch', 'only look: at the terminal that somebody has open, or at its turns');
  examples(attach, [
    ['hivectl attach scout', 'talk with scout yourself; it knows later what was said'],
    ['hivectl attach scout --when-idle', 'the same, when the turn that runs is over'],
    ['hivectl attach scout --watch', 'look on'],
  ]);
  define(attach, context, async (terminal, options, [text]) => {
    const name = readName(text);
    if (options['watch'] === true) return watch(context, terminal, name);
    refuseJson(terminal);
    const whenIdle = options['whenIdle'] === true;
    const end = await useTerminal(context, { name, kind: 'session', whenIdle }, () =>
      terminal.note('Somebody else has this conversation open. You watch; Ctrl-C ends it.'),
    );
    return reportEnd(terminal, end);
  });
}

async function watch(context: CliContext, terminal: Terminal, name: AgentName): Promise<number | void> {
  await context.hive.call('getAgent', { name });
  // Read before the terminals are listed, so that a terminal or turn that begins later is not missed.
  const { lastSeq } = await context.hive.call('status', {});
  const { terminals } = await context.hive.call('listTerminals', { agent: name });
  const found = terminals.find(({ kind }) => kind === 'session') ?? terminals[0];
  if (found !== undefined && !terminal.json) {
    terminal.note(
      `A ${found.kind} of ${found.cols} x ${found.rows} cells, opened with ${found.by}. Ctrl-C ends watching.`,
    );
    const end = await showTerminal(context, { id: found.id }, context.signal);
    return end === null ? undefined : reportEnd(terminal, end);
  }
  terminal.note(`Nobody has a terminal open in the box of ${name}. These are the events of its turns; Ctrl-C ends.`);
  const query = { after: lastSeq, agent: name, kinds: 'turn.*,agent.held,agent.released,terminal.opened' };
  for await (const event of followEvents(context, query, (line) => terminal.note(line))) {
    terminal.print(event);
    sayEvent(terminal, event, context.now());
  }
}
