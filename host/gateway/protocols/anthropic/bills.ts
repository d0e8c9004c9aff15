import * as z from 'zod';
import { type Bills, billedCount, billedModel, pageFields, readPage } from '../../bills/bills.ts';
import { readBillionths } from '../../bills/read-usd.ts';

const page = <Result extends z.ZodType>(results: Result) =>
  z.object({
    data: z.array(z.object({ starting_at: z.iso.datetime({ offset: true }), results: z.array(results) })),
    ...pageFields,
  });

/** An amount is in cents, with a fraction. What is not charged by tokens has no model. */
const costPage = page(z.object({ amount: z.string(), currency: z.literal('USD'), model: billedModel }));
const usagePage = page(
  z.object({
    model: billedModel,
    uncached_input_tokens: billedCount,
    output_tokens: billedCount,
    cache_read_input_tokens: billedCount,
    cache_creation: z
      .object({ ephemeral_5m_input_tokens: billedCount, ephemeral_1h_input_tokens: billedCount })
      .nullish(),
  }),
);
const startOf = ({ starting_at }: { starting_at: string }) => Date.parse(starting_at);

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
        readPage(body, {
          schema: costPage,
          startOf,
          read({ amount, model }) {
            const billionths = readBillionths(amount, 7);
            return billionths === null ? null : { model: model ?? null, billionths, requests: null, tokens: null };
          },
        }),
    },
    {
      path: (from, page) => pathOf('usage_report/messages', { from, page, by: 'model' }),
      read: (body) =>
        readPage(body, {
          schema: usagePage,
          startOf,
          read({ model, ...used }) {
            const written = used.cache_creation;
            const tokens = [
              used.uncached_input_tokens,
              used.output_tokens,
              used.cache_read_input_tokens,
              written?.ephemeral_5m_input_tokens,
              written?.ephemeral_1h_input_tokens,
            ].reduce<number>((sum, one) => sum + (one ?? 0), 0);
            return { model: model ?? null, billionths: null, requests: null, tokens };
          },
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
