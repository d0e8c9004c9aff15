import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { AgentView } from '../../../protocol/schemas/agent.ts';
import { type AgentChoice, chooseAgents, isPattern, readRoles, readStates } from '../choose-agents.ts';
import type { CliContext } from '../context.ts';
import { cleanText } from '../output/clean-text.ts';
import { sayError } from '../output/report-error.ts';
import type { Terminal } from '../output/terminal.ts';
import { type Options, readName } from './command.ts';

/** The options by which a command selects many agents at once. */
export function addChoice(command: Command): Command {
  return command
    .option('--all', 'every agent')
    .option('--role <list>', 'those with these roles, e.g. coder,judge')
    .option('--state <list>', 'those in these states, e.g. failed,unreachable');
}

/** `@coder` or `@role:coder` among the names is a role. */
export function readChoice(options: Options, typed: readonly string[]): AgentChoice {
  const given = options['role'] === undefined ? [] : readRoles(String(options['role']));
  return {
    names: typed.filter((name) => !isRole(name)),
    roles: [...given, ...typed.filter(isRole).flatMap((name) => readRoles(name.replace(/^@(?:role:)?/, '')))],
    states: options['state'] === undefined ? [] : readStates(String(options['state'])),
  };
}

/** Whether agents are selected by what they are, and not each by its name. */
export function isSelection({ names, roles, states }: AgentChoice): boolean {
  return names.some(isPattern) || roles.length + states.length > 0;
}

function isRole(typed: string): boolean {
  return typed.startsWith('@');
}

/** An agent that a command acts on; `refusal` is the reason to skip it instead. */
export interface Target {
  readonly name: AgentName;
  readonly refusal: string | null;
}

/**
 * The selected agents. An action on agents given by name is tried whatever their state, so that the hive reports what
 * is wrong; of those selected by a pattern or an option, `refusalOf` decides which are skipped. Throws `invalid_input`
 * when nothing was selected, or `--all` together with names.
 */
export async function readTargets(
  context: CliContext,
  typed: { options: Options; names: readonly string[] },
  refusalOf: (agent: AgentView) => string | null,
): Promise<Target[]> {
  const { options } = typed;
  const choice = readChoice(options, typed.names);
  const { names } = choice;
  const all = options['all'] === true;
  if (all && names.length > 0) throw new HiveError('invalid_input', "Give either agents' names or --all, not both.");
  const selects = isSelection(choice);
  if (!all && !selects && names.length === 0)
    throw new HiveError(
      'invalid_input',
      'Say which agents: their names, a pattern such as "scout-*", @ROLE, --role, --state or --all.',
    );
  if (names.length > 0 && !selects) return names.map(readName).map((name) => ({ name, refusal: null }));
  const { agents } = await context.hive.call('listAgents', {});
  return chooseAgents(agents, choice).map((agent) => ({ name: agent.name, refusal: refusalOf(agent) }));
}

/**
 * Acts on one after the other. A failure does not keep the action from the others; returns the first failure's exit
 * code, 0 without one.
 */
export async function actOnEach(
  terminal: Terminal,
  targets: readonly Target[],
  act: (name: AgentName) => Promise<void>,
): Promise<number> {
  if (targets.length === 0) terminal.note('No agent fits; nothing was done.');
  let exit = 0;
  for (const { name, refusal } of targets) {
    if (refusal !== null) {
      terminal.note(`${name}: passed by. ${refusal}`);
      continue;
    }
    try {
      await act(name);
    } catch (error) {
      // An error that does not belong to one agent of several ends the command.
      if (!(error instanceof HiveError) || targets.length === 1 || COMMON.has(error.code)) throw error;
      terminal.note(`${name}: ${cleanText(sayError(error))}`);
      exit ||= error.exitCode;
    }
  }
  return exit;
}

const COMMON: ReadonlySet<string> = new Set(['hive_unreachable', 'forbidden', 'interrupted', 'engine_unavailable']);
