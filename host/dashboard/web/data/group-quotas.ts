import type { EgressQuotaView, QuotaStateView } from '../../../../protocol/schemas/egress.ts';

/** A quota, with what each agent used of it for whom it holds now. */
export interface QuotaGroup {
  /** Whose it is: an agent's, a role's, that of every agent (`*`), or that of config.yaml. */
  readonly setFor: QuotaStateView['setFor'];
  readonly per: QuotaStateView['per'];
  readonly bytes: number;
  readonly states: readonly QuotaStateView[];
}

/** Every quota, those of config.yaml that hold for an agent last. */
export function groupQuotas(quotas: readonly EgressQuotaView[], traffic: readonly QuotaStateView[]): QuotaGroup[] {
  const own = quotas.map(({ subject, per, bytes }): QuotaGroup => ({
    setFor: subject,
    per,
    bytes,
    states: traffic.filter((state) => state.setFor === subject && state.per === per),
  }));
  const ofConfig = traffic.filter(({ setFor }) => setFor === 'config.yaml');
  const periods = [...new Set(ofConfig.map(({ per }) => per))];
  return [
    ...own,
    ...periods.map((per): QuotaGroup => {
      const states = ofConfig.filter((state) => state.per === per);
      return { setFor: 'config.yaml', per, bytes: states[0]?.bytes ?? 0, states };
    }),
  ];
}

/** For whom a quota is, as the beginning of a sentence. */
export function sayHolder(setFor: QuotaGroup['setFor']): string {
  if (setFor === '*' || setFor === 'config.yaml') return 'Every agent';
  return setFor.startsWith('@role:') ? `Every ${setFor.slice('@role:'.length)}` : setFor;
}
