import { HiveError } from '../../../../../protocol/errors.ts';

/** What is known when a terminal is asked for. */
export interface OpenFacts {
  readonly agent: string;
  /** Whether the agent's box runs. */
  readonly running: boolean;
  /** Terminals that are open or being opened: in this box, and in all. */
  readonly ofAgent: number;
  readonly inAll: number;
  readonly limits: { readonly perAgent: number; readonly inAll: number };
}

/** What is known when a person asks for an agent's conversation. */
export interface SessionFacts {
  readonly agent: string;
  readonly driver: string;
  /** Whether the driver's CLI has a terminal interface that continues a conversation. */
  readonly hasTerminal: boolean;
  readonly hasSession: boolean;
  /** A turn runs, and is not waited for. */
  readonly turnRuns: boolean;
}

/** Null when a person may take the conversation over, otherwise the error for whoever asked. */
export function refuseSession({ agent, driver, ...facts }: SessionFacts): HiveError | null {
  if (!facts.hasTerminal)
    return new HiveError(
      'wrong_state',
      `The hive opens no terminal interface of the driver ${driver}. Open a shell in the box instead.`,
      { details: { command: `hivectl shell ${agent}` } },
    );
  if (!facts.hasSession)
    return new HiveError('wrong_state', `${agent} has no conversation yet. Send it a message first.`);
  if (facts.turnRuns)
    return new HiveError('wrong_state', `${agent} is in a turn. Wait for its end, or interrupt it.`, {
      details: { command: `hivectl attach ${agent} --when-idle` },
    });
  return null;
}

/** Null when a terminal may be opened, otherwise the error for whoever asked. */
export function refuseOpen({ agent, running, ofAgent, inAll, limits }: OpenFacts): HiveError | null {
  if (!running)
    return new HiveError('wrong_state', `${agent} has no running box. Start it first.`, {
      details: { command: `hivectl start ${agent}` },
    });
  if (ofAgent >= limits.perAgent)
    return new HiveError(
      'too_many_terminals',
      `${agent} has ${ofAgent} open terminals, and no more are allowed (terminals.per_agent in config.yaml). Close one first.`,
    );
  if (inAll >= limits.inAll)
    return new HiveError(
      'too_many_terminals',
      `The hive has ${inAll} open terminals, and no more are allowed (terminals.in_all in config.yaml). Close one first.`,
    );
  return null;
}
