import type { AgentName } from '../../../../protocol/names.ts';
import type { BoxStatus, Runtime } from '../../runtime/runtime.ts';
import { shareReads } from './share-reads.ts';

const NONE: readonly BoxStatus[] = [];

/**
 * Lists the boxes of each agent for keepers. Keepers that ask in the same turn of the event loop share one call to
 * the runtime, and the boxes are grouped by agent once for all of them.
 */
export function createBoxSurvey(runtime: Pick<Runtime, 'list'>): (name: AgentName) => Promise<readonly BoxStatus[]> {
  const survey = shareReads(async () => {
    const byAgent = new Map<AgentName, BoxStatus[]>();
    for (const box of await runtime.list()) {
      const own = byAgent.get(box.agent);
      if (own === undefined) byAgent.set(box.agent, [box]);
      else own.push(box);
    }
    return byAgent;
  });
  return async (name) => (await survey()).get(name) ?? NONE;
}
