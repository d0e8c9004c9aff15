import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import type { z } from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { type AgentSpec, agentSpec, type agentSpecInput } from '../../../protocol/schemas/agent.ts';
import type { CliContext } from '../context.ts';
import { editText } from '../edit-text.ts';
import { define, examples, readName } from './command.ts';
import { readSpec, SPEC_OPTIONS } from './read-spec.ts';

export function addEditCommand(program: Command, context: CliContext): void {
  const edit = program
    .command('edit')
    .description('change what an agent is declared with; its next box has it')
    .argument('NAME', 'the agent')
    .option('--rebuild', 'rebuild the box now, so that it has the change');
  for (const [flags, description] of SPEC_OPTIONS) edit.option(flags, description);
  examples(edit, [
    ['hivectl edit scout', 'everything, in your editor ($EDITOR)'],
    ['hivectl edit scout --memory 4096 --rebuild', 'at once'],
    ['hivectl edit scout --prompt-file scout.md', 'other words, from its next box on'],
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
    const when = rebuild
      ? 'its box is being rebuilt with it.'
      : agent.desired === 'stopped'
        ? 'its box has it when it is started.'
        : `its next box has it. Now: hivectl rebuild ${name}`;
    terminal.paragraph(`${name}: changed ${changed.join(', ')}; ${when}`, 0);
  });
}

/** The whole spec as YAML in the operator's editor. Throws `invalid_input` for what is no spec any more. */
async function editInEditor(context: CliContext, name: AgentName): Promise<z.input<typeof agentSpecInput>> {
  const { agent } = await context.hive.call('getAgent', { name });
  const before = `# ${name}. Save to change it, save it as it is to leave it.\n${stringify(agent.spec)}`;
  return parseSpec(await editText(context, before, 'yaml'));
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
