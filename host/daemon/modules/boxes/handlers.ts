import type { ModuleHandlers } from '../../core/module.ts';
import { pageOf } from '../../core/page.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Fleet } from '../agents/fleet.ts';
import type { Rebuilds } from './rebuild.ts';

export function handleBoxes(deps: {
  fleet: Pick<Fleet, 'views' | 'keepers'>;
  rebuilds: Pick<Rebuilds, 'rebuild' | 'rebuildAll'>;
  runtime: Pick<Runtime, 'logs'>;
  redact: (line: string) => string;
}) {
  const { fleet, rebuilds, runtime, redact } = deps;
  return {
    operator: {
      rebuildAgent: async ({ name, reason }, { caller }) => ({
        agent: await rebuilds.rebuild(name, { reason: reason ?? 'the operator asked for it', by: caller }),
      }),
      rebuildAll({ reason, now = false, agents }, { caller }) {
        const why = reason ?? `the operator rebuilds ${agents === undefined ? 'all' : 'several'} agents`;
        return rebuilds.rebuildAll({ reason: why, by: caller, now, only: agents ?? null });
      },
      async agentLogs({ name, lines }) {
        fleet.views.view(name);
        const { box } = fleet.keepers.of(name).view();
        const found = box === null ? [] : await runtime.logs(box, pageOf(lines));
        return { lines: found.map(({ at, text }) => ({ at, text: redact(text) })) };
      },
    },
  } satisfies ModuleHandlers;
}
