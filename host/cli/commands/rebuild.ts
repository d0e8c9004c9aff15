import type { Command } from 'commander';
import { whyNot } from '../../../protocol/agent-actions.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { AgentView, AgentWithoutCli } from '../../../protocol/schemas/agent.ts';
import type { CliContext } from '../context.ts';
import { followEvents } from '../follow-events.ts';
import type { Terminal } from '../output/terminal.ts';
import { tellDone } from './agents.ts';
import { actOnEach, addChoice, isSelection, readChoice, readTargets } from './bulk.ts';
import { define, examples, given, ifGiven, type Options } from './command.ts';

export function addRebuildCommand(program: Command, context: CliContext): void {
  const rebuild = program
    .command('rebuild')
    .description('make the next generation of a box; files, mailbox and session stay')
    .argument('[NAME...]', 'agents, rebuilt at once; or patterns such as "scout-*", or @ROLE');
  addChoice(rebuild)
    .option(
      '--when-idle',
      'of a pattern, @ROLE, --role, --state or --all: each agent when its turn is over (the default)',
    )
    .option('--now', 'of these: at once; running turns are cut and their messages put back')
    .option('--reason <text>', 'why; the agents are told')
    .option('--wait', 'of these: wait until every agent is rebuilt');
  examples(rebuild, [
    ['hivectl rebuild scout', 'one agent'],
    ['hivectl rebuild --role coder', 'all that run and have that role, each when its turn is over'],
    ['hivectl rebuild --all --reason "new toolchain" --wait', 'the fleet, manager first'],
  ]);
  define(rebuild, context, async (terminal, options, names) => {
    const reason = given('reason', ifGiven(options['reason'], String));
    const isChosen = isSelection(readChoice(options, names));
    refuseMisfits(options, isChosen || options['all'] === true);
    const targets = await readTargets(context, { options, names }, whyNotRebuilt);
    const how = { ...reason, now: options['now'] === true, wait: options['wait'] === true };
    if (options['all'] === true && !isChosen) return rebuildMany(context, terminal, how);
    if (isChosen) {
      const passedBy = targets.filter(({ refusal }) => refusal !== null);
      for (const { name, refusal } of passedBy) terminal.note(`${name}: passed by. ${refusal ?? ''}`);
      const agents = targets.filter(({ refusal }) => refusal === null).map(({ name }) => name);
      if (agents.length > 0) return rebuildMany(context, terminal, { ...how, agents });
      terminal.print({ agents });
      return terminal.say(NONE_RUNS);
    }
    return actOnEach(terminal, targets, async (name) => {
      const before = await context.hive.call('getAgent', { name });
      const { agent } = await context.hive.call('rebuildAgent', { name, ...reason }, { timeoutMs: 120_000 });
      if (before.agent.desired === 'stopped')
        terminal.note(`${agent.name} was stopped; it is started with its new box.`);
      tellDone(terminal, agent, agent.state === 'rebuilding' ? 'being rebuilt' : 'rebuilt');
    });
  });
}

const NONE_RUNS = 'No agent runs, so none is rebuilt. Start one: hivectl start NAME';

/** A rebuild starts a stopped agent, so a stopped one is rebuilt only when it was given by name. */
function whyNotRebuilt({ desired, state, name }: AgentView): string | null {
  if (desired === 'stopped') return 'It is stopped.';
  return whyNot('rebuild', state, name);
}

function refuseMisfits(options: Options, areMany: boolean): void {
  const now = options['now'] === true;
  const whenIdle = options['whenIdle'] === true;
  if (!areMany && options['wait'] === true)
    throw new HiveError('invalid_input', '--wait goes with --all. Watch one: hivectl events -f --agent NAME');
  if (!areMany && (now || whenIdle))
    throw new HiveError(
      'invalid_input',
      '--now and --when-idle go with --all; agents that you name are rebuilt at once.',
    );
  if (now && whenIdle) throw new HiveError('invalid_input', 'Give either --now or --when-idle.');
}

async function rebuildMany(
  context: CliContext,
  terminal: Terminal,
  options: { reason?: string | undefined; now: boolean; wait: boolean; agents?: AgentName[] },
): Promise<number> {
  const { wait, ...input } = options;
  const { lastSeq } = await context.hive.call('status', {});
  const answer = await context.hive.call('rebuildAll', input);
  const { withoutCli } = answer;
  terminal.print(answer);
  for (const line of sayWithoutCli(withoutCli)) terminal.note(line);
  const { now } = options;
  if (answer.agents.length > 0) await tellRebuilds(context, terminal, { now, wait, agents: answer.agents, lastSeq });
  else if (withoutCli.length === 0) terminal.say(NONE_RUNS);
  return withoutCli.length === 0 ? 0 : new HiveError('cli_missing').exitCode;
}

/** One line for each CLI: who was left alone, and the command that helps. */
function sayWithoutCli(left: readonly AgentWithoutCli[]): string[] {
  return [...new Set(left.map(({ cli }) => cli))].map((missing) => {
    const names = left.filter(({ cli }) => cli === missing).map(({ name }) => name);
    return `Not rebuilt: ${names.join(', ')}. The CLI ${missing} is not in the hive's toolchain. Add it: hivectl toolchain add ${missing}`;
  });
}

async function tellRebuilds(
  context: CliContext,
  terminal: Terminal,
  how: { now: boolean; wait: boolean; agents: AgentName[]; lastSeq: number },
): Promise<void> {
  const { now, wait, agents, lastSeq } = how;
  terminal.say(`Rebuilding in this order: ${agents.join(', ')}`);
  if (!now) terminal.say('Each when its turn is over; to cut the turns: the same command with --now');
  if (!wait) return terminal.say('It goes on by itself. Watch it: hivectl events -f --kinds agent.*,rebuild_all.*');
  const query = { after: lastSeq, kinds: 'agent.rebuilding,agent.rebuilt,rebuild_all.finished' };
  for await (const event of followEvents(context, query, (line) => terminal.note(line))) {
    if (event.kind === 'rebuild_all.finished') return terminal.say('All of them are rebuilt.');
    terminal.say(`  ${event.agent ?? ''}: ${event.kind === 'agent.rebuilt' ? 'rebuilt' : 'being rebuilt'}`);
  }
}
