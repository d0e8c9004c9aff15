import type { RequiredStatus } from '../../../../protocol/schemas/status.ts';

/** Required statuses as a form shows them: `ci/build, audit@judge`; without a name it is the operator's. */
export function writeStatuses(statuses: readonly RequiredStatus[]): string {
  return statuses.map(({ context, by }) => (by === 'operator' ? context : `${context}@${by}`)).join(', ');
}

/** The same as typed. What is no name behind `@` the forge refuses. */
export function readStatuses(text: string): RequiredStatus[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => {
      const at = one.indexOf('@');
      const [context, by] = at === -1 ? [one, 'operator'] : [one.slice(0, at), one.slice(at + 1)];
      return { context: context.trim(), by: by.trim() as RequiredStatus['by'] };
    });
}
