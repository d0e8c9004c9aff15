/**
 * The steps of a turn. Users see all of them as `working`; `hivectl ps NAME` and the agent's page name the step.
 * protocol/agent-states.ts says what each means and what may follow.
 */
export const TURN_PHASES = ['waking', 'launching', 'running', 'finishing', 'resting'] as const;
export type TurnPhase = (typeof TURN_PHASES)[number];
