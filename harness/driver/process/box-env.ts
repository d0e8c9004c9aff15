import type { AgentName } from '../../../protocol/names.ts';

/** The environment of every driver's program: the variables that the box passes on, and the agent as git author. */
export function composeBoxEnv(place: {
  agent: AgentName;
  passedOn: Readonly<Record<string, string>>;
}): Record<string, string> {
  return { TMPDIR: '/tmp', ...place.passedOn, ...gitIdentity(place.agent, place.passedOn) };
}

/** git's author is the agent. Settings that the box makes in the same way are kept. */
function gitIdentity(agent: AgentName, given: Readonly<Record<string, string>>): Record<string, string> {
  const first = Number(given['GIT_CONFIG_COUNT'] ?? 0);
  return {
    GIT_CONFIG_COUNT: String(first + 2),
    [`GIT_CONFIG_KEY_${first}`]: 'user.name',
    [`GIT_CONFIG_VALUE_${first}`]: agent,
    [`GIT_CONFIG_KEY_${first + 1}`]: 'user.email',
    [`GIT_CONFIG_VALUE_${first + 1}`]: `${agent}@hive.local`,
    GIT_TERMINAL_PROMPT: '0',
  };
}
