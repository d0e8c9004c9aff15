import { DRIVER_NAMES, DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';

/** The driver's own tools for an agent whose spec names none. */
export function defaultTools(driver: AgentSpec['driver'], configured: readonly string[]): string[] {
  return DRIVERS[driver].capabilities.ownTools === 'chosen' ? [...configured] : [];
}

/**
 * Throws `invalid_input` when a spec's command or tools do not fit its driver: a driver that runs a program of the
 * operator's needs its command, any other one accepts none.
 */
export function refuseUnfit(spec: Pick<AgentSpec, 'driver' | 'command' | 'tools'>): void {
  const { driver, command, tools } = spec;
  const facts = DRIVERS[driver];
  if (facts.command === 'required' && command === undefined)
    throw refusal(
      `the driver "${driver}" runs a program of yours, so the agent needs a command, such as "python3 agent.py"`,
    );
  if (facts.command === 'none' && command !== undefined) {
    const takers = DRIVER_NAMES.filter((name) => DRIVERS[name].command === 'required').join(', ');
    throw refusal(`the driver "${driver}" takes no command; drivers that do: ${takers}`);
  }
  if (facts.capabilities.ownTools !== 'chosen' && tools.length > 0)
    throw refusal(`the driver "${driver}" has no tools of its own to choose from: leave tools empty`);
}

function refusal(problem: string): HiveError {
  return new HiveError('invalid_input', `The spec does not fit: ${problem}.`);
}
