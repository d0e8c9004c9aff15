import type { Command } from 'commander';
import { ENTRY_STATES } from '../../../protocol/gateway-words.ts';
import type { CliContext } from '../context.ts';
import { sayUntil } from '../output/say-figures.ts';
import { examples } from './command.ts';
import { defineList } from './list.ts';

export function addModelsCommand(program: Command, context: CliContext): void {
  const models = program
    .command('models')
    .description("your names for models, from config.yaml: who answers each now, and who does when that one can't");
  examples(models, [['hivectl models', '']]);
  defineList(models, context, {
    read: () => ({}),
    ask: () => context.hive.call('listModels', {}),
    items: ({ models: listed }) =>
      listed.flatMap(({ name, entries, agents }) =>
        entries.map((entry, index) => ({ ...entry, ...(index === 0 ? { name, agents } : { name: '', agents: [] }) })),
      ),
    columns: [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'ENTRY', value: ({ provider, model }) => `${provider}/${model}` },
      { title: 'ANSWERS', value: ({ answers }) => (answers ? 'yes' : '') },
      {
        title: 'STATE',
        value: ({ state, until }, now) =>
          `${ENTRY_STATES[state]}${until === null ? '' : `, ends ${sayUntil(until, now)}`}`,
      },
      { title: 'AGENTS', value: ({ agents }) => agents.join(', ') },
    ],
    empty: () =>
      'There are no names: specs name models in the spelling of their CLI. Declare names with `models` in config.yaml.',
  });
}
