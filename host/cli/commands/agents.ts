import type { Command } from 'commander';
import type { AgentView } from '../../../protocol/schemas/agent.ts';
import type { CliContext } from '../context.ts';
import { AGENT_COLUMNS, agentRow, sayDoing } from '../output/agent-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, examples, readName } from './command.ts';
import { readSpec, SPEC_OPTIONS } from './read-spec.ts';

/** Starting or replacing a box takes the engine's time. */
const BOX_TIMEOUT_MS = 120_000;

export function addAgentCommands(program: Command, context: CliContext): void {
  addPs(program, context);
  addCreate(program, context);
  addAction(program, context, {
    name: 'start',
    op: 'startAgent',
    description: 'declare an agent running and start its box',
  });
  addAction(program, context, {
    name: 'stop',
    op: 'stopAgent',
    description: 'declare an agent stopped: its box ends, files and mail stay',
  });
  addAction(program, context, {
    name: 'restart',
    op: 'restartAgent',
    description: "stop and start an agent's box of the same generation",
  });
  addAction(program, context, {
    name: 'interrupt',
    op: 'interruptAgent',
    description: 'stop the running turn; its messages are put back',
  });
}

function addPs(program: Command, context: CliContext): void {
  const ps = program
    .command('ps')
    .description('every agent: state, what it does now, tokens, money, mail')
    .argument('[NAME]', 'only this agent');
  examples(ps, [
    ['hivectl ps', 'the fleet'],
    ['hivectl ps scout', 'one agent in full'],
  ]);
  define(ps, context, async (terminal, _options, [name]) => {
    if (name !== undefined) {
      const { agent } = await context.hive.call('getAgent', { name: readName(name) });
      terminal.print({ agent });
      return tellAgent(terminal, agent, context.now());
    }
    const list = await context.hive.call('listAgents', {});
    terminal.print(list);
    if (list.agents.length === 0)
      terminal.say('There are no agents. Make one: hivectl create NAME --role "what it is for"');
    else
      terminal.table(
        AGENT_COLUMNS,
        list.agents.map((agent) => agentRow(agent, context.now())),
      );
  });
}

function addCreate(program: Command, context: CliContext): void {
  const create = program
    .command('create')
    .description('declare a new agent and start its box')
    .argument('NAME', 'lower-case letters, digits and "-"')
    .option('--parent <name>', 'the agent it belongs to (default: manager)')
    .option('--no-start', 'leave it stopped');
  for (const [flags, description] of SPEC_OPTIONS) create.option(flags, description);
  examples(create, [
    ['hivectl create coder --role "writes code" --memory 4096', 'with 4 GiB'],
    ['hivectl create reviewer --prompt "You review pull requests." --model opus', 'with words of its own'],
  ]);
  define(create, context, async (terminal, options, [name]) => {
    const { agent } = await context.hive.call(
      'createAgent',
      {
        name: readName(name),
        ...(options['parent'] === undefined ? {} : { parent: readName(String(options['parent'])) }),
        spec: readSpec(options),
        start: options['start'] !== false,
      },
      { timeoutMs: BOX_TIMEOUT_MS },
    );
    tellDone(terminal, agent, 'created');
    terminal.say(`Write to it: hivectl send ${agent.name} "…"`);
  });
}

type NamedOp = 'startAgent' | 'stopAgent' | 'restartAgent' | 'interruptAgent';
const PAST: Record<NamedOp, string> = {
  startAgent: 'started',
  stopAgent: 'stopped',
  restartAgent: 'restarted',
  interruptAgent: 'interrupted',
};

function addAction(
  program: Command,
  context: CliContext,
  action: { name: string; op: NamedOp; description: string },
): void {
  const command = program
    .command(action.name)
    .description(action.description)
    .argument('NAME...', 'one agent or several');
  examples(command, [[`hivectl ${action.name} scout`, '']]);
  define(command, context, async (terminal, _options, names) => {
    for (const name of names.map(readName)) {
      const { agent } = await context.hive.call(action.op, { name }, { timeoutMs: BOX_TIMEOUT_MS });
      tellDone(terminal, agent, PAST[action.op]);
    }
  });
}

export function tellDone(terminal: Terminal, agent: AgentView, done: string): void {
  terminal.print({ agent });
  terminal.say(`${agent.name}: ${done} (now ${agent.state.replaceAll('_', ' ')}, generation ${agent.generation})`);
}

function tellAgent(terminal: Terminal, agent: AgentView, now: number): void {
  terminal.table(AGENT_COLUMNS, [agentRow(agent, now)]);
  const { spec } = agent;
  const { limits } = spec;
  terminal.say();
  terminal.say(`parent      ${agent.parent ?? '–'}`);
  terminal.say(`generation  ${agent.generation}${agent.outdated ? ' (outdated: rebuild it)' : ''}`);
  terminal.say(`model       ${spec.model} by ${agent.provider}, driven by ${spec.driver}`);
  terminal.say(`image       ${spec.image}`);
  terminal.say(
    `limits      ${limits.memoryMb} MiB memory, ${limits.cpus} cpus, ${limits.pids} pids, ${limits.tmpMb} MiB /tmp`,
  );
  terminal.say(`tools       ${spec.tools.join(' ') || '–'}`);
  if (sayDoing(agent, now) !== '') terminal.paragraph(`doing       ${sayDoing(agent, now)}`, 0);
  if (spec.prompt !== '') terminal.paragraph(`prompt      ${spec.prompt}`, 0);
}
