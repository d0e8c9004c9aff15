import type { Config } from '../../../config/schema.ts';
import { subjectsOf } from './subjects-of.ts';
import type { QuotaPeriod, QuotaStateView } from '../../../../../protocol/schemas/egress.ts';

/** Quotas in bytes; 0: none. */
export type DefaultQuotas = Readonly<Record<QuotaPeriod, number>>;

/** The default quotas of config.yaml, which are in MB. */
export function readDefaultQuotas({ egress }: Pick<Config, 'egress'>): DefaultQuotas {
  return { hour: egress.hour_quota_mb * MB, day: egress.day_quota_mb * MB, month: egress.month_quota_mb * MB };
}

const MB = 1_000_000;

/** A quota that holds for an agent, and for whom it was set. */
export type HoldingQuota = Pick<QuotaStateView, 'per' | 'bytes' | 'setFor'>;

export const QUOTA_PERIODS = ['hour', 'day', 'month'] as const satisfies readonly QuotaPeriod[];

/**
 * The quotas that hold for an agent. For each period it is one: the agent's own, else its role's, else that of all
 * agents, else that of config.yaml. For the hive itself (role null) only its own hold.
 */
export function holdingQuotas(
  caller: { readonly name: string; readonly role: string | null },
  quotas: readonly { readonly subject: string; readonly per: QuotaPeriod; readonly bytes: number }[],
  defaults: DefaultQuotas,
): HoldingQuota[] {
  return QUOTA_PERIODS.flatMap((per): HoldingQuota[] => {
    for (const subject of subjectsOf(caller)) {
      const found = quotas.find((quota) => quota.per === per && quota.subject === subject);
      if (found !== undefined) return [{ per, bytes: found.bytes, setFor: subject as HoldingQuota['setFor'] }];
    }
    return caller.role === null || defaults[per] === 0 ? [] : [{ per, bytes: defaults[per], setFor: 'config.yaml' }];
  });
}
