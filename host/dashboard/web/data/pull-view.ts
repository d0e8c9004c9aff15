import type { PullDescription, PullView } from '../../../../protocol/schemas/pull.ts';
import type { StateStyle } from './order-fleet.ts';
import type { PullPlace } from './pull-keys.ts';

/** How a pull request's state is shown. */
export function stateOf({ state, draft }: Pick<PullView, 'state' | 'draft'>): {
  label: string;
  color: StateStyle['color'];
} {
  if (state === 'merged') return { label: 'Merged', color: 'violet' };
  if (state === 'closed') return { label: 'Closed', color: 'red' };
  return draft ? { label: 'Draft', color: 'gray' } : { label: 'Open', color: 'green' };
}

export function pullPath({ owner, name, number }: PullPlace): string {
  return `/forge/${owner}/${name}/pulls/${number}`;
}

/** What somebody who was asked for a review, or gave one, has to do with it now. */
export interface ReviewerState {
  readonly name: string;
  readonly says: 'approved' | 'wants changes' | 'approved an older commit' | 'not yet';
}

/** The people who were asked or who judged, those in the way first. */
export function listReviewers(of: Pick<PullDescription, 'reviewers' | 'entries' | 'merge'>): ReviewerState[] {
  const { approvedBy, changesWantedBy } = of.merge;
  const judged = of.entries.filter(({ kind }) => kind === 'approve' || kind === 'request_changes').map(({ by }) => by);
  const names = new Set([...changesWantedBy, ...approvedBy, ...judged, ...of.reviewers]);
  return [...names].map((name) => ({ name, says: sayOf(name) }));

  function sayOf(name: string): ReviewerState['says'] {
    if (changesWantedBy.includes(name)) return 'wants changes';
    if (approvedBy.includes(name)) return 'approved';
    return of.entries.some(({ by, kind }) => by === name && kind === 'approve')
      ? 'approved an older commit'
      : 'not yet';
  }
}

/** Why the operator cannot merge it now, in short; null when nothing is in the way. */
export function whyNotMerge({ pull, merge }: Pick<PullDescription, 'pull' | 'merge'>): string | null {
  if (pull.state !== 'open') return `It is ${pull.state}.`;
  return merge.ready ? null : 'Something is in the way: see the reasons.';
}
