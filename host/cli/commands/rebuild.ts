import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import type { CliContext } from '../context.ts';
import { followEvents } from '../follow-events.ts';
import type { Terminal } from '../output/terminal.ts';
import { tellDone } from './agents.ts';
import { define, examples, readName } from './command.ts';

export function addRebuildCommand(program: Command, context: CliContext): void {
  const rebuild = program
    .command('rebuild')
    .description('make the next generation of a box; files, mailbox and session stay')
    .argument('[NAME]', 'the agent')
    .option('--all', 'every running agent, the manager first')
    .option('--when-idle', 'with --all: each agent when its turn is over (the default)')
    .option('--now', 'with --all: at once; running turns are cut and their messages put back')
    .option('--reason <text>', 'why; the agents are told')
    .option('--wait', 'with --all: wait until every agent is rebuilt');
  examples(rebuild, [
    ['hivectl rebuild scout', 'one agent'],
    ['hivectl rebuild --all --reason "new toolchain" --wait', 'the fleet, manager first'],
  ]);
  define(rebuild, context, async (terminal, options, [name]) => {
    const reason = options['reason'] === undefined ? {} : { reason: String(options['reason']) };
    const all = options['all'] === true;
    if (all === (name !== undefined))
      throw new HiveError('invalid_input', "Give either an agent's name or --all: hivectl rebuild scout");
    if (!all && options['wait'] === true)
      throw new HiveError('invalid_input', `--wait goes with --all. Watch one: hivectl events -f --agent ${name}`);
    const now = options['now'] === true;
    if ((now || options['whenIdle'] === true) && !all)
      throw new HiveError('invalid_input', `--now and --when-idle go with --all; one agent is rebuilt at once.`);
    if (now && options['whenIdle'] === true) throw new HiveError('invalid_input', 'Give either --now or --when-idle.');
    if (all) return rebuildAll(context, terminal, { ...reason, now, wait: options['wait'] === true });
    const before = await context.hive.call('getAgent', { name: readName(name) });
    const { agent } = await context.hive.call(
      'rebuildAgent',
      { name: readName(name), ...reason },
      { timeoutMs: 120_000 },
    );
    if (before.agent.desired === 'stopped') terminal.note(`${agent.name} was stopped; it is started with its new box.`);
    return tellDone(terminal, agent, agent.state === 'rebuilding' ? 'being rebuilt' : 'rebuilt');
  });
}

async function rebuildAll(
  context: CliContext,
  terminal: Terminal,
  options: { reason?: string; now: boolean; wait: boolean },
): Promise<void> {
  const { lastSeq } = await context.hive.call('status', {});
  const answer = await context.hive.call('rebuildAll', {
    now: options.now,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  });
  terminal.print(answer);
  if (answer.agents.length === 0)
    return terminal.say('No agent runs, so none is rebuilt. Start one: hivectl start NAME');
  terminal.say(`Rebuilding in this order: ${answer.agents.join(', ')}`);
  if (!options.now) terminal.say('Each when its turn is over; to cut the turns: hivectl rebuild --all --now');
  if (!options.wait)
    return terminal.say('It goes on by itself. Watch it: hivectl events -f --kinds agent.*,rebuild_all.*');
  const query = { after: lastSeq, kinds: 'agent.rebuilding,agent.rebuilt,rebuild_all.finished' };
  for await (const event of followEvents(context, query, (line) => terminal.note(line))) {
    if (event.kind === 'rebuild_all.finished') return terminal.say('All of them are rebuilt.');
    terminal.say(`  ${event.agent ?? ''}: ${event.kind === 'agent.rebuilt' ? 'rebuilt' : 'being rebuilt'}`);
  }
}
