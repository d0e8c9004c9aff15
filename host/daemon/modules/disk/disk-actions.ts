import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, SYSTEM } from '../../../../protocol/names.ts';
import type { MailContext } from '../mail/mail-context.ts';
import type { Turns } from '../turns/serve-turns.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Fleet } from '../agents/fleet.ts';
import type { Writer } from '../../core/writer.ts';
import type { DiskActions } from './watch-disk.ts';

/** The disk watch's actions on agents and its notices. `writer` may use the reserve. */
export function createDiskActions(deps: {
  mail: Pick<MailContext, 'post'>;
  turns: Pick<Turns, 'notify'>;
  events: EventLog;
  fleet: Pick<Fleet, 'control' | 'keepers'>;
  writer: Writer;
  agents: () => AgentName[];
}): DiskActions {
  const { mail, turns, events, fleet, writer } = deps;
  return {
    async apply() {
      for (const name of deps.agents()) turns.notify(name);
      await fleet.keepers.reconcileAll();
    },
    async stopAgent(name, why) {
      await fleet.control.stopBecause(name, why).catch((error: unknown) => {
        // Stopped already, or being destroyed.
        if (!(error instanceof HiveError) || !/^(?:wrong_state|busy|unknown_agent)$/.test(error.code)) throw error;
      });
    },
    isWanted: fleet.control.isWanted,
    async tell(to, body) {
      await writer.write((tx) => mail.post(tx, { sender: SYSTEM, kind: 'system', notice: 'disk', to, body }));
    },
    recordLevel: (data) => events.record('disk.level', { data }),
    recordOver: (agent, data) => events.record('disk.over', { agent, data }),
    catchUp: fleet.control.recordStops,
  };
}
