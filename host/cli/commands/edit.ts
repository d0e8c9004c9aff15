import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import type * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { type AgentSpec, agentSpec, type agentSpecInput, type AgentView } from '../../../protocol/schemas/agent.ts';
import type { MembershipChanges, Memberships } from '../../../protocol/schemas/project.ts';
import { fieldsWith } from '../../../protocol/spec-fields.ts';
import type { CliContext } from '../context.ts';
import { editText } from '../edit-text.ts';
import { define, examples, readName } from './command.ts';
import { addSpecOptions, readSpec } from './read-spec.ts';

export function addEditCommand(program: Command, context: CliContext): void {
  const edit = program
    .command('edit')
    .description(
      'change what an agent is declared with; the answer says what has effect at once, with its next turn, or with its next box',
    )
    .argument('NAME', 'the agent')
    .option('--rebuild', 'rebuild the box now, for changes that need another one');
  addSpecOptions(edit);
  examples(edit, [
    ['hivectl edit scout', 'everything, in your editor ($EDITOR)'],
    ['hivectl edit scout --memory 4096 --rebuild', 'at once'],
    ['hivectl edit scout --prompt-file scout.md', 'another prompt, from its next turn on'],
    ['hivectl edit scout --project web=write --project docs=none', 'into one project, out of another one'],
  ]);
  define(edit, context, async (terminal, options, [text]) => {
    const name = readName(text);
    const typed = await readSpec(context, options);
    const spec = Object.keys(typed).length > 0 ? typed : await editInEditor(context, name);
    const { agent, changed } = await context.hive.call('changeAgent', { name, spec });
    const rebuild = options['rebuild'] === true && changed.length > 0;
    const after = rebuild ? await context.hive.call('rebuildAgent', { name }, { timeoutMs: 120_000 }) : { agent };
    terminal.print({ ...after, changed });
    if (changed.length === 0) return terminal.say(`${name}: nothing changed.`);
    const when = rebuild ? 'Its box is being rebuilt with the change.' : sayWhen(after.agent, changed);
    const rights = changed.includes('projects') ? ' Its rights in the forge have changed already.' : '';
    terminal.paragraph(`${name}: changed ${changed.join(', ')}. ${when}${rights}`, 0);
  });
}

/** When a change takes effect, and the command to type when it needs a rebuild. */
export function sayWhen({ name, desired }: Pick<AgentView, 'name' | 'desired'>, changed: readonly string[]): string {
  const turn = fieldsWith('next_turn', changed);
  const box = fieldsWith('next_box', changed);
  if (desired === 'stopped' && turn.length + box.length > 0) return 'It has effect when the agent is started.';
  if (box.length === 0) return turn.length === 0 ? 'It has effect now.' : 'It has effect from its next turn on.';
  const rebuild = `Rebuild it now: hivectl rebuild ${name}`;
  if (turn.length === 0) return `Its box has it after a rebuild. ${rebuild}`;
  return `Its next turn has ${turn.join(', ')}; its box has ${box.join(', ')} after a rebuild. ${rebuild}`;
}

/**
 * Opens the whole spec as YAML in the operator's editor. Throws `invalid_input` when the result is not a valid spec.
 */
async function editInEditor(context: CliContext, name: AgentName): Promise<z.input<typeof agentSpecInput>> {
  const { agent } = await context.hive.call('getAgent', { name });
  const before = `# ${name}. Save to change it, save it as it is to leave it.\n${stringify(agent.spec)}`;
  const after = parseSpec(await editText(context, before, 'yaml'));
  return { ...after, projects: changeProjects(agent.spec.projects, after.projects) };
}

/** The change from one list of projects to another: one that is no longer in it is left. */
export function changeProjects(before: Memberships = {}, after: Memberships = {}): MembershipChanges {
  return { ...Object.fromEntries(Object.keys(before).map((project) => [project, 'none'])), ...after };
}

function parseSpec(text: string): AgentSpec {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new HiveError('invalid_input', `That is not YAML; nothing was changed. ${(cause as Error).message}`, {
      cause,
    });
  }
  const parsed = agentSpec.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw new HiveError(
    'invalid_input',
    `Nothing was changed: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'this is no spec'}.`,
  );
}
