import { Text } from '@mantine/core';
import { ENTRY_STATES } from '../../../../protocol/gateway-words.ts';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import { useModels } from '../data/gateway-queries.ts';
import { Dot } from './dot.tsx';
import classes from './gateway.module.css';
import { Countdown } from './now.tsx';
import { PanelList } from './panel-list.tsx';
import rows from './providers.module.css';
import { QueryList } from './query-list.tsx';

type Model = OpOutput<(typeof operatorSurface)['listModels']>['models'][number];

/** The names that config.yaml gives to models: who answers each now, and why the others do not. */
export function ModelList() {
  return (
    <QueryList of={useModels()} loading={{ rows: 1, height: 84 }} empty={null}>
      {({ models }) =>
        models.length === 0 ? (
          <Text c="dimmed">
            Specs name models in the spelling of their CLI. Names of your own, with fallbacks, are <code>models</code>{' '}
            in config.yaml.
          </Text>
        ) : (
          <PanelList label="Models">
            {models.map((model) => (
              <Item key={model.name} model={model} />
            ))}
          </PanelList>
        )
      }
    </QueryList>
  );
}

function Item({ model: { name, entries, agents } }: { model: Model }) {
  return (
    <li className={rows.item} aria-label={name}>
      <div>
        <h3>
          {name}{' '}
          {agents.length > 0 && (
            <Text span size="sm" c="dimmed" fw={400} title={agents.join(', ')}>
              · {agents.length === 1 ? agents[0] : `${agents.length} agents`}
            </Text>
          )}
        </h3>
        <ol className={classes.entries}>
          {entries.map(({ provider, model, state, until, answers }) => (
            <li key={`${provider}/${model}`}>
              <Dot color={answers ? 'green' : state === 'ready' ? 'gray' : 'orange'} hollow={!answers} />
              <code>
                {provider}/{model}
              </code>
              <Text span inherit {...(answers ? { fw: 560 } : { c: 'dimmed' })}>
                {answers ? 'answers' : state === 'ready' ? 'in reserve' : ENTRY_STATES[state]}
                {answers && state !== 'ready' && `, ${ENTRY_STATES[state]}`}
                {until !== null && (
                  <>
                    , ends in <Countdown until={until} />
                  </>
                )}
              </Text>
            </li>
          ))}
        </ol>
      </div>
    </li>
  );
}
