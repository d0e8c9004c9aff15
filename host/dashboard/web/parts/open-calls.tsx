import { Button, Group, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { GatewayMoment, OpenCallView } from '../../../../protocol/schemas/gateway.ts';
import { formatCost, formatCount, formatExact } from '../data/format.ts';
import classes from './gateway.module.css';
import { Elapsed } from './now.tsx';

/** Rows that are shown at first. */
const FIRST = 10;

/** The calls to models that have not ended, the oldest first. `now`: null when the gateway does not answer. */
export function OpenCalls({ now }: { now: GatewayMoment | null }) {
  const [isWhole, setWhole] = useState(false);
  if (now === null) return <Text c="dimmed">The gateway does not say which calls are open.</Text>;
  const { calls, openCalls } = now;
  if (calls.length === 0) return <Text c="dimmed">No agent waits for a model’s answer.</Text>;
  const shown = isWhole ? calls : calls.slice(0, FIRST);
  return (
    <>
      <div className={`panel ${classes.panel}`}>
        <Table verticalSpacing={9} horizontalSpacing={14} className={classes.table ?? ''} aria-label="Open calls">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Agent</Table.Th>
              <Table.Th>Model</Table.Th>
              <Table.Th ta="right">For</Table.Th>
              <Table.Th ta="right">Tokens in</Table.Th>
              <Table.Th ta="right">Tokens out</Table.Th>
              <Table.Th ta="right">Cost so far</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((call, index) => (
              <Row key={`${call.agent} ${call.startedAt} ${index}`} call={call} />
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {calls.length > FIRST && (
        <Group justify="center" mt="sm">
          <Button variant="default" size="xs" onClick={() => setWhole(!isWhole)}>
            {isWhole ? 'Show fewer' : `Show all ${formatExact(openCalls)}`}
          </Button>
        </Group>
      )}
      {isWhole && openCalls > calls.length && <p className={classes.under}>The oldest {calls.length} are shown.</p>}
    </>
  );
}

function Row({ call: { agent, provider, model, insteadOf, startedAt, usage } }: { call: OpenCallView }) {
  const tokensIn = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  return (
    <Table.Tr>
      <Table.Td>
        <Link href={`/agents/${agent}`} className="quiet-link">
          {agent}
        </Link>
      </Table.Td>
      <Table.Td className={classes.wide ?? ''}>
        {provider === null ? (
          <Text span inherit c="dimmed">
            not asked yet
          </Text>
        ) : (
          `${provider}/${model ?? ''}`
        )}
        {insteadOf !== null && (
          <Text span display="block" size="xs" c="dimmed">
            instead of {insteadOf}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" data-num>
        <Elapsed since={startedAt} />
      </Table.Td>
      <Table.Td ta="right" data-num>
        {tokensIn === 0 ? '–' : formatCount(tokensIn)}
      </Table.Td>
      <Table.Td ta="right" data-num>
        {formatCount(usage.outputTokens)}
      </Table.Td>
      <Table.Td ta="right" data-num>
        {usage.costUsd === null ? '–' : formatCost({ costUsd: usage.costUsd })}
      </Table.Td>
    </Table.Tr>
  );
}
