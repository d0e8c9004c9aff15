import { type Command, Option } from 'commander';
import prettyBytes from 'pretty-bytes';
import * as z from 'zod';
import { meaningOf } from '../../../protocol/agent-states.ts';
import { AGENT_ACTIONS, whyNot } from '../../../protocol/agent-actions.ts';
import { agentName } from '../../../protocol/names.ts';
import { AGENT_STATES, type AgentView } from '../../../protocol/schemas/agent.ts';
import { chooseAgents, sayNobody } from '../choose-agents.ts';
import type { CliContext } from '../context.ts';
import { AGENT_COLUMNS, countTokens, sayDoing } from '../output/agent-table.ts';
import { oneLine } from '../output/clean-text.ts';
import { sayTimeInZone } from '../output/say-figures.ts';
import { sayTable } from '../output/say-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { actOnEach, addChoice, readChoice, readTargets } from './bulk.ts';
import { define, examples, given, readName } from './command.ts';
import { addSpecOptions, readSpec } from './read-spec.ts';

/** Starting or replacing a box takes as long as the engine needs. */
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
  }).option('--drop', 'withdraw its messages instead: they do not come again');
}

function addPs(program: Command, context: CliContext): void {
  const ps = program
    .command('ps')
    .description('every agent: state, what it does now, tokens, money, mail')
    .argument('[NAME...]', 'only these; patterns such as "scout-*" too; a single name is shown in full')
    .option('--state <list>', 'only those in these states, e.g. working,failed')
    .option('--role <list>', 'only those with these roles')
    .addOption(new Option('--sort <by>', 'in this order').choices(Object.keys(ORDERS)).default('name'));
  examples(ps, [
    ['hivectl ps', 'the fleet'],
    ['hivectl ps scout', 'one agent in full'],
    ['hivectl ps --state failed,unreachable', 'who needs help'],
    ['hivectl ps "scout-*" --sort cost', 'the dearest first'],
  ]);
  define(ps, context, async (terminal, options, names) => {
    const [name] = names;
    const choice = readChoice(options, names);
    if (name !== undefined && names.length === 1 && agentName.safeParse(name).success) {
      const { agent } = await context.hive.call('getAgent', { name: readName(name) });
      terminal.print({ agent });
      return tellAgent(terminal, agent, context.now());
    }
    const list = await context.hive.call('listAgents', {});
    const agents = chooseAgents(list.agents, choice);
    const order = ORDERS[String(options['sort'])];
    const shown = order === undefined ? agents : agents.toSorted(order);
    terminal.print({ ...list, agents: shown });
    const { disk } = await context.hive.call('status', {});
    if (disk.advice !== null) terminal.note(disk.advice);
    if (list.agents.length === 0)
      return terminal.say('There are no agents. Make one: hivectl create NAME --role "what it is for"');
    if (agents.length === 0) return terminal.say(sayNobody(choice));
    sayTable(terminal, AGENT_COLUMNS, { items: shown, now: context.now() });
    if (shown.length > COUNTED_FROM) terminal.say(`${shown.length} agents: ${countStates(shown)}`);
  });
}

/** For more agents than this, a summary line counts them by state. */
const COUNTED_FROM = 8;

function countStates(agents: readonly AgentView[]): string {
  return AGENT_STATES.map((state) => ({ state, count: agents.filter((agent) => agent.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state.replaceAll('_', ' ')}`)
    .join(', ');
}

/** Sort orders of `ps`; the default is the order of hived's list (the manager first, then by name). */
const ORDERS: Readonly<Record<string, ((a: AgentView, b: AgentView) => number) | undefined>> = {
  name: undefined,
  state: (a, b) => AGENT_STATES.indexOf(b.state) - AGENT_STATES.indexOf(a.state),
  tokens: (a, b) => countTokens(b) - countTokens(a),
  cost: (a, b) => (b.usage.costUsd ?? 0) - (a.usage.costUsd ?? 0),
  mail: (a, b) => b.queued + b.leased + b.dead - (a.queued + a.leased + a.dead),
};

function addCreate(program: Command, context: CliContext): void {
  const create = program
    .command('create')
    .description('declare a new agent and start its box')
    .argument('NAME', 'lower-case letters, digits and "-"')
    .option('--parent <name>', 'the agent it belongs to (default: manager)')
    .option('--no-start', 'leave it stopped');
  addSpecOptions(create);
  examples(create, [
    ['hivectl create coder --role "writes code" --memory 4096', 'with 4 GiB'],
    ['hivectl create reviewer --prompt "You review pull requests." --model opus', 'with words of its own'],
    ['hivectl create judge --prompt-file judge.md', 'with words from a file'],
    ['hivectl create bot --driver script --command "python3 /shared/bot.py"', 'a program of yours'],
  ]);
  define(create, context, async (terminal, options, [name]) => {
    const { agent } = await context.hive.call(
      'createAgent',
      {
        name: readName(name),
        ...(options['parent'] === undefined ? {} : { parent: readName(String(options['parent'])) }),
        spec: await readSpec(context, options),
        start: options['start'] !== false,
      },
      { timeoutMs: BOX_TIMEOUT_MS },
    );
    tellDone(terminal, agent, 'created');
    terminal.say(`Write to it: hivectl send ${agent.name} "…"`);
  });
}

const agentAction = z.enum(AGENT_ACTIONS);

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
): Command {
  const command = program
    .command(action.name)
    .description(action.description)
    .argument('[NAME...]', 'agents, patterns such as "scout-*", or @ROLE');
  addChoice(command);
  examples(command, [
    [`hivectl ${action.name} scout`, ''],
    [`hivectl ${action.name} "scout-*" coder`, 'several'],
    [`hivectl ${action.name} --role coder`, 'all with that role'],
  ]);
  define(command, context, async (terminal, options, names) => {
    const targets = await readTargets(context, { options, names }, (agent) => whyNotNow(action.name, agent));
    const drop = options['drop'] === true;
    return actOnEach(terminal, targets, async (name) => {
      const input = { name, ...given('drop', drop ? true : undefined) };
      const { agent } = await context.hive.call(action.op, input, { timeoutMs: BOX_TIMEOUT_MS });
      tellDone(terminal, agent, `${PAST[action.op]}${drop ? ', its messages withdrawn' : ''}`);
    });
  });
  return command;
}

/** Why a command for many agents skips this one; null when it does not. */
function whyNotNow(action: string, agent: AgentView): string | null {
  if (action === 'interrupt') return agent.turn === null ? 'No turn runs.' : null;
  return whyNot(agentAction.parse(action), agent.state);
}

export function tellDone(terminal: Terminal, agent: AgentView, done: string): void {
  terminal.print({ agent });
  terminal.say(`${agent.name}: ${done} (now ${agent.state.replaceAll('_', ' ')}, generation ${agent.generation})`);
}

/** The size of its files, with its limits. */
function sayDisk({ disk, spec }: AgentView): string {
  const { diskMb, diskFiles } = spec.limits;
  const used = disk === null ? 'not measured yet' : `${prettyBytes(disk.bytes)}, ${disk.files} files`;
  const bytes = diskMb === 0 ? 'no limit' : `${diskMb} MiB`;
  return `${used} (at most ${bytes}, ${diskFiles === 0 ? 'any number of files' : `${diskFiles} files`})`;
}

/** The state with its meaning; of a running turn with the step. */
function sayState({ state, phase }: AgentView): string {
  const step = phase === undefined ? '' : `, ${phase}`;
  return `${state.replaceAll('_', ' ')}${step}: ${meaningOf(state, phase)}`;
}

/** Who may answer its model, the first that can. */
function sayEntries({ entries = [] }: AgentView): string {
  const listed = entries.map(({ provider, model }) => `${provider}/${model}`);
  return listed.length === 0 ? '' : ` (${listed.join(', else ')})`;
}

function tellAgent(terminal: Terminal, agent: AgentView, now: number): void {
  sayTable(terminal, AGENT_COLUMNS, { items: [agent], now });
  const { spec } = agent;
  const { limits } = spec;
  terminal.say();
  terminal.say(`state       ${sayState(agent)}`);
  for (const { kind, at, by, reason } of agent.holds ?? [])
    terminal.say(
      `held        ${kind.replaceAll('_', ' ')} since ${sayTimeInZone(at, now)}, by ${by}${reason === null ? '' : `: ${oneLine(reason)}`}`,
    );
  terminal.say(`parent      ${agent.parent ?? '–'}`);
  terminal.say(`generation  ${agent.generation}${agent.outdated ? ' (outdated: rebuild it)' : ''}`);
  const provider = agent.entries?.[0]?.provider ?? spec.provider ?? agent.provider;
  const answers = provider === agent.provider ? provider : `${agent.provider} (its provider is ${provider})`;
  terminal.say(`model       ${spec.model}${sayEntries(agent)} by ${answers}, driven by ${spec.driver}`);
  if (spec.command !== undefined) terminal.say(`command     ${oneLine(JSON.stringify(spec.command))}`);
  terminal.say(`image       ${spec.image}`);
  terminal.say(
    `limits      ${limits.memoryMb} MiB memory, ${limits.cpus} cpus, ${limits.pids} pids, ${limits.tmpMb} MiB /tmp`,
  );
  const projects = Object.entries(spec.projects ?? {}).map(([name, level]) => `${name}=${level}`);
  if (projects.length > 0) terminal.say(`projects    ${projects.join(' ')}`);
  terminal.say(`disk        ${sayDisk(agent)}`);
  terminal.say(`tools       ${spec.tools.join(' ') || '–'}`);
  if (sayDoing(agent, now) !== '') terminal.paragraph(`doing       ${sayDoing(agent, now)}`, 0);
  if (spec.prompt !== '') terminal.paragraph(`prompt      ${spec.prompt}`, 0);
}
