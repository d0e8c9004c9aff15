import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { sayRule } from '../../../../protocol/egress-words.ts';
import type { EgressRuleView } from '../../../../protocol/schemas/egress.ts';
import { useChange } from '../data/mutations.ts';
import { useConfirm } from './confirm.tsx';
import { Dot } from './dot.tsx';
import { Ago } from './now.tsx';
import rows from './providers.module.css';

/** A rule, with the hosts of its preset and the button that removes it. */
export function RuleItem({
  rule,
  presets,
}: {
  rule: EgressRuleView;
  presets: readonly { name: string; hosts: readonly string[] }[];
}) {
  const { id, target, verdict, methods, address, createdAt } = rule;
  const hosts = presets.find(({ name }) => name === target)?.hosts;
  const ask = useConfirm();
  const remove = useChange('removeEgress', ['hosts'], () => notifications.show({ message: 'The rule is removed.' }));
  const says = sayRule(rule);
  const only = [
    ...(hosts === undefined ? [] : [hosts.join(', ')]),
    ...(methods === null ? [] : [`only ${methods.join(', ')} over plain HTTP`]),
    ...(address === null ? [] : [`at ${address}`]),
  ];
  return (
    <li className={rows.item} aria-label={says}>
      <div className={rows.row}>
        <div className={rows.what}>
          <span>
            <Dot color={verdict === 'allow' ? 'green' : 'red'} /> {says}
          </span>
          <Text size="sm" c="dimmed" component="div">
            {only.map((text) => `${text} · `)}
            since <Ago at={createdAt} inherit />
          </Text>
        </div>
        <Button
          variant="default"
          size="xs"
          loading={remove.isPending}
          onClick={() =>
            ask({
              title: 'Remove this rule?',
              text:
                verdict === 'allow'
                  ? `${says}. Without the rule it is refused, or you are asked.`
                  : `${says}. Without the rule other rules decide.`,
              verb: 'Remove it',
              keep: 'Keep it',
              onConfirm: () => remove.mutate({ id }),
            })
          }
        >
          Remove
        </Button>
      </div>
    </li>
  );
}
