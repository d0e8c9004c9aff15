import * as z from 'zod';
import { type BillRow, type Bills, nextPage, utcDayOf } from '../../bills/bills.ts';
import { readBillionths } from '../../bills/read-usd.ts';

const count = z.number().int().nonnegative().nullish().catch(null);
const bucket = <Result extends z.ZodType>(results: Result) =>
  z.object({
    data: z.array(z.object({ starting_at: z.iso.datetime({ offset: true }), results: z.array(results) })),
    has_more: z.boolean(),
    next_page: z.string().nullish(),
  });

/** An amount is in cents, with a fraction. What is not charged by tokens has no model. */
const costPage = bucket(
  z.object({ amount: z.string(), currency: z.literal('USD'), model: z.string().max(200).nullish() }),
);
const usagePage = bucket(
  z.object({
    model: z.string().max(200).nullish(),
    uncached_input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    cache_creation: z
      .object({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count })
      .nullish()
      .catch(null),
  }),
);

/**
 * Anthropic's Usage and Cost Admin API (platform.claude.com/docs, "Usage and Cost API"): days in UTC, up to 31 on a page,
 * until now. It does not say how many requests there were.
 */
export const bills: Bills = {
  headers: (adminKey) => ({ 'x-api-key': adminKey, 'anthropic-version': '2023-06-01', accept: 'application/json' }),
  questions: [
    {
      path: (from, page) => pathOf('cost_report', { from, page, by: 'description' }),
      read: (body) =>
        readPage(costPage, body, ({ amount, model }) => {
          const billionths = readBillionths(amount, 7);
          return billionths === null ? null : { model: model ?? null, billionths, tokens: null };
        }),
    },
    {
      path: (from, page) => pathOf('usage_report/messages', { from, page, by: 'model' }),
      read: (body) =>
        readPage(usagePage, body, ({ model, ...used }) => {
          const written = used.cache_creation;
          const tokens = [
            used.uncached_input_tokens,
            used.output_tokens,
            used.cache_read_input_tokens,
            written?.ephemeral_5m_input_tokens,
            written?.ephemeral_1h_input_tokens,
          ].reduce<number>((sum, one) => sum + (one ?? 0), 0);
          return { model: model ?? null, billionths: null, tokens };
        }),
    },
  ],
};

function pathOf(report: string, { from, page, by }: { from: number; page: string | null; by: string }): string {
  const query = new URLSearchParams({
    starting_at: `${new Date(from).toISOString().slice(0, 19)}Z`,
    bucket_width: '1d',
    limit: '31',
    'group_by[]': by,
  });
  if (page !== null) query.set('page', page);
  return `/v1/organizations/${report}?${query.toString()}`;
}

function readPage<Result>(
  schema: z.ZodType<{
    data: { starting_at: string; results: Result[] }[];
    has_more: boolean;
    next_page?: string | null | undefined;
  }>,
  body: unknown,
  read: (result: Result) => Pick<BillRow, 'model' | 'billionths' | 'tokens'> | null,
): { rows: BillRow[]; next: string | null } | null {
  const page = schema.safeParse(body).data;
  const next = page === undefined ? null : nextPage(page);
  if (page === undefined || next === null) return null;
  const rows: BillRow[] = [];
  for (const { starting_at, results } of page.data) {
    const day = utcDayOf(Date.parse(starting_at));
    for (const result of results) {
      const row = read(result);
      if (row === null || day === null) return null;
      rows.push({ ...row, day, requests: null });
    }
  }
  return { rows, ...next };
}
