import { Button, Group, Progress, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { sayBytes, sayQuota } from '../../../../protocol/quota-words.ts';
import type { QuotaStateView } from '../../../../protocol/schemas/egress.ts';
import { groupQuotas, type QuotaGroup, sayHolder } from '../data/group-quotas.ts';
import { useHostRules } from '../data/host-queries.ts';
import { useChange } from '../data/mutations.ts';
import { useConfirm } from './confirm.tsx';
import classes from './money.module.css';
import { Countdown } from './now.tsx';
import { PanelList } from './panel-list.tsx';
import rows from './providers.module.css';
import { QuotaForm } from './quota-form.tsx';
import { SectionHead } from './section-head.tsx';

/** Quotas of traffic with hosts outside, and what agents used of them. */
export function TrafficList() {
  const hosts = useHostRules().data;
  const [isMaking, setMaking] = useState(false);
  if (hosts === undefined) return null;
  const groups = groupQuotas(hosts.quotas, hosts.traffic);
  return (
    <>
      <SectionHead title="Traffic">
        <Button variant="default" size="xs" onClick={() => setMaking(true)}>
          New quota
        </Button>
      </SectionHead>
      {groups.length === 0 ? (
        <Text size="sm" c="dimmed">
          No quota is set: with hosts that they may reach, agents exchange as much as they like.
        </Text>
      ) : (
        <PanelList label="Traffic">
          {groups.map((group) => (
            <QuotaItem key={`${group.setFor} ${group.per}`} group={group} />
          ))}
        </PanelList>
      )}
      {isMaking && <QuotaForm quota={null} onClose={() => setMaking(false)} />}
    </>
  );
}

function QuotaItem({ group }: { group: QuotaGroup }) {
  const { setFor, states } = group;
  const says = `${sayHolder(setFor)}: ${sayQuota(group)}`;
  return (
    <li className={rows.item} aria-label={says}>
      <div className={rows.row}>
        <div className={rows.what}>
          <span>{says}</span>
          <Text size="sm" c="dimmed" component="div">
            {setFor === 'config.yaml' && 'from config.yaml · '}
            {states.length === 0 ? (
              'holds for no agent now'
            ) : (
              <>
                begins again in <Countdown until={states[0]?.until ?? 0} />
              </>
            )}
          </Text>
        </div>
        {setFor !== 'config.yaml' && <QuotaActions group={{ ...group, setFor }} says={says} />}
      </div>
      {states.map((state) => (
        <UsedOfQuota key={state.agent} state={state} says={says} isAlone={setFor === state.agent} />
      ))}
    </li>
  );
}

type OwnQuota = QuotaGroup & { readonly setFor: Exclude<QuotaGroup['setFor'], 'config.yaml'> };

function QuotaActions({ group, says }: { group: OwnQuota; says: string }) {
  const { setFor: subject, per, bytes } = group;
  const [isChanging, setChanging] = useState(false);
  const ask = useConfirm();
  const remove = useChange('setEgressQuota', ['hosts'], () => notifications.show({ message: 'The quota is removed.' }));
  return (
    <Group gap={8}>
      <Button variant="default" size="xs" onClick={() => setChanging(true)}>
        Change
      </Button>
      <Button
        variant="default"
        size="xs"
        c="var(--hive-bad)"
        loading={remove.isPending}
        onClick={() =>
          ask({
            title: 'Remove this quota?',
            text: `${says}. Without it a quota of more agents holds, or that of config.yaml, or none.`,
            verb: 'Remove it',
            keep: 'Keep it',
            onConfirm: () => remove.mutate({ subject, per, bytes: null }),
          })
        }
      >
        Remove
      </Button>
      {isChanging && <QuotaForm quota={{ subject, per, bytes }} onClose={() => setChanging(false)} />}
    </Group>
  );
}

/** What one agent used. `isAlone`: the quota is that agent's own, whose name stands above. */
function UsedOfQuota({ state, says, isAlone }: { state: QuotaStateView; says: string; isAlone: boolean }) {
  const { agent, bytes, used } = state;
  const share = Math.min(100, (used / bytes) * 100);
  return (
    <div>
      <div className={classes.used}>
        {!isAlone && <b className={classes.whose}>{agent}</b>}
        <Progress
          value={share}
          color={share >= 100 ? 'red' : share >= 80 ? 'orange' : 'green'}
          aria-label={isAlone ? `Used of ${says}` : `Used by ${agent} of ${says}`}
          size={8}
          flex={1}
        />
        <span data-num>{sayBytes(used)} used</span>
      </div>
      {used >= bytes && (
        <Text size="sm" mt={4} c="var(--hive-bad)">
          {agent}’s connections are refused until the quota begins again or is raised.
        </Text>
      )}
    </div>
  );
}
