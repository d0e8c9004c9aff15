import { Badge, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { summarizeActivity, toPlainText } from '../data/plain-text.ts';
import classes from './agent-summary.module.css';

/** The agent's name as a link to its page, with its role. `depth` indents it by its depth in the tree. */
export function AgentTitle({ agent, depth = 0, fz }: { agent: AgentView; depth?: number; fz?: number }) {
  return (
    <div className={classes.who} style={{ paddingLeft: depth * 18 }}>
      <div className={classes.title}>
        <Link href={`/agents/${agent.name}`} className="quiet-link">
          <Text span inherit fw={600} {...(fz === undefined ? {} : { fz })}>
            {agent.name}
          </Text>
        </Link>
        {agent.outdated && <OutdatedBadge />}
      </div>
      {agent.spec.role !== agent.name && (
        <Text size="sm" c="dimmed" lineClamp={1}>
          {agent.spec.role}
        </Text>
      )}
    </div>
  );
}

/** The agent's note on its work and its current activity, or the reason why it has none. */
export function Activity({ agent }: { agent: AgentView }) {
  return (
    <>
      {agent.note !== undefined && (
        <Text size="sm" lineClamp={1} title={toPlainText(agent.note)}>
          {toPlainText(agent.note)}
        </Text>
      )}
      <Doing agent={agent} />
    </>
  );
}

function Doing({ agent }: { agent: AgentView }) {
  if (agent.activity !== null)
    return (
      <Text size="sm" lineClamp={2} className={classes.activity}>
        {summarizeActivity(agent.activity)}
      </Text>
    );
  const words = agent.reason ?? (agent.state === 'idle' ? 'Waits for mail' : null);
  if (words === null) return null;
  return (
    <Text size="sm" c="dimmed" lineClamp={2} title={words}>
      {toPlainText(words)}
    </Text>
  );
}

export function OutdatedBadge() {
  return (
    <Badge
      size="xs"
      variant="light"
      color="violet"
      title="Its box was built from another spec or toolchain than is declared now. Rebuild it."
    >
      outdated
    </Badge>
  );
}
