import type { FactMail } from '../../protocol/schemas/forge-fact.ts';
import { countMailed } from '../store/facts.ts';
import type { ForgeCore } from './forge-core.ts';
import { composePushMail, type LostPush } from './push-result.ts';

/**
 * The mail of a lost push, unless its author reached the limit: an agent whose pushes break off repeatedly must not
 * be woken by each of them. Call it in the transaction that adds the fact.
 */
export function mailLostPush(core: ForgeCore, lost: LostPush): FactMail | null {
  const since = core.clock() - core.limits.pushMailMs;
  return countMailed(core.db, lost.by, since) >= core.limits.maxPushMails ? null : composePushMail(lost);
}

/** Adds the fact of a push that changed nothing and whose client does not know it; none without a recipient. */
export function noteLostPush(core: ForgeCore, lost: LostPush): void {
  // git probes with an empty push before a large one.
  const mail = lost.commands.length === 0 ? null : mailLostPush(core, lost);
  if (mail === null) return;
  const { by, repo, reason, commands } = lost;
  const refs = commands.map(({ ref }) => ref).slice(0, MOST_REFS);
  core.outbox.add({ at: core.clock(), kind: 'forge.push_lost', by, repo, data: { refs, reason }, mail: [mail] });
}

/** Maximum number of refs in one fact, as for pushes. */
const MOST_REFS = 200;
