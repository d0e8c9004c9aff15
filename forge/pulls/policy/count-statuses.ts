import { OPERATOR } from '../../../protocol/names.ts';
import type { CommitStatus, RequiredStatus, StatusState } from '../../../protocol/schemas/status.ts';
import { type JudgeFacts, refuseJudge } from './count-reviews.ts';

/** A status that a rule asks for, as it stands for the newest commit of a pull request. */
export interface JudgedStatus extends RequiredStatus {
  /** What was said by whom the rule names; null: nothing. */
  readonly said: (Pick<CommitStatus, 'description' | 'url'> & { readonly state: StatusState }) | null;
  /** Why their word counts for nothing here, as the end of a sentence; null: it counts. */
  readonly refusal: string | null;
}

/**
 * What counts of the statuses that a rule asks for. Only the word of whom the rule names counts, in that context, about
 * this one commit; and of an agent only while it may review here, and as long as it has no part in the work: the author,
 * whoever pushed, and agents made by one of them vouch for nothing. The operator set the rule, so the operator's word
 * always counts.
 */
export function countStatuses(
  required: readonly RequiredStatus[],
  said: readonly CommitStatus[],
  facts: JudgeFacts & { readonly headOid: string },
): JudgedStatus[] {
  return required.map(({ context, by }) => {
    const found = said.find((one) => one.commit === facts.headOid && one.context === context && one.by === by);
    return {
      context,
      by,
      said: found === undefined ? null : { state: found.state, description: found.description, url: found.url },
      refusal: by === OPERATOR ? null : refuseJudge(by, facts),
    };
  });
}

/** Why a merge may not happen yet; null: the status is there, and it is good. */
export function refuseStatus(branch: string, { context, by, said, refusal }: JudgedStatus): string | null {
  const name = `status "${context}" of ${by === OPERATOR ? 'the operator' : by}`;
  if (refusal !== null)
    return `it needs the ${name}, which counts for nothing here, because ${refusal}: the rule of ${branch} has to name somebody else`;
  if (said === null) return `it needs the ${name} for its newest commit`;
  if (said.state === 'success') return null;
  return said.state === 'pending' ? `its ${name} is pending: wait for it` : `its ${name} is ${said.state}`;
}
