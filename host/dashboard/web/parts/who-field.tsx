import { Autocomplete } from '@mantine/core';
import { useFleet } from '../data/queries.ts';

/** A field for an agent, all agents with a role, or (`everyone`) every agent. */
export function WhoField({
  value,
  error,
  everyone = false,
  onChange,
}: {
  value: string;
  error: string | undefined;
  everyone?: boolean;
  onChange: (text: string) => void;
}) {
  const agents = useFleet().data?.agents ?? [];
  const roles = [...new Set(agents.map(({ spec }) => `@role:${spec.role}`))];
  return (
    <Autocomplete
      label="Who"
      description={everyone ? 'An agent, @role:name, or * (every agent)' : 'An agent, or @role:name'}
      value={value}
      error={error}
      data={[...agents.map(({ name }) => name as string), ...roles, ...(everyone ? ['*'] : [])]}
      spellCheck={false}
      mb="md"
      onChange={onChange}
    />
  );
}
