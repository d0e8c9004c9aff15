import { HiveError } from '../../../../protocol/errors.ts';
import type { OperatorCaller } from '../../core/module.ts';
import type { Module } from '../../core/module.ts';
import type { Terminals } from './terminals.ts';

/** Terminals in boxes, for the operator. */
export function terminalsModule({ terminals, onDashboard }: { terminals: Terminals; onDashboard: boolean }) {
  const requireAllowed = (caller: OperatorCaller) => {
    if (caller === 'dashboard' && !onDashboard)
      throw new HiveError(
        'forbidden',
        'Terminals are not opened on the dashboard (terminals.on_dashboard in config.yaml). Use: hivectl shell NAME',
      );
  };
  return {
    name: 'terminals',
    handlers: {
      operator: {
        openTerminal(input, { caller }) {
          requireAllowed(caller);
          return terminals.open(input, caller);
        },
        listTerminals: ({ agent }) => ({ terminals: terminals.list(agent) }),
        followTerminal({ id, key, after }, { caller, signal, lastEventId }) {
          requireAllowed(caller);
          const terminal = terminals.require(id, key);
          return terminal.follow({ isHolder: key !== undefined, after: lastEventId ?? after ?? 0, signal });
        },
        async typeInTerminal({ id, key, text }, { caller }) {
          requireAllowed(caller);
          await terminals.require(id, key).type(text);
          return { taken: true as const };
        },
        async resizeTerminal({ id, key, cols, rows }, { caller }) {
          requireAllowed(caller);
          const terminal = terminals.require(id, key);
          await terminal.resize(cols, rows);
          return { terminal: terminal.view() };
        },
        async closeTerminal({ id }) {
          await terminals.close(id);
          return { closed: true as const };
        },
      },
    },
    forgetAgent: (name) => terminals.closeAll('agent_gone', name),
    tidy: () => terminals.tidy(),
    async run(signal, onError) {
      await terminals.endLeftovers().catch(onError);
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await terminals.closeAll('hive_stopped');
    },
  } satisfies Module;
}
