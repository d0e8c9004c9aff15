import * as z from 'zod';
import { type BillRow, type Bills, nextPage, utcDayOf } from '../../bills/bills.ts';
import { readBillionths } from '../../bills/read-usd.ts';
import { count } from './usage.ts';

const page = <Result extends z.ZodType>(results: Result) =>
  z.object({
    object: z.literal('page'),
    data: z.array(z.object({ start_time: z.number(), results: z.array(results) })),
    has_more: z.boolean(),
    next_page: z.string().nullish(),
  });

const costPage = page(
  z.object({
    amount: z.object({ value: z.union([z.number(), z.string()]), currency: z.string().regex(/^usd$/i) }),
  }),
);
const usagePage = page(
  z.object({
    model: z.string().max(200).nullish(),
    /** With those from the cache. */
    input_tokens: count,
    output_tokens: count,
    num_model_requests: count,
  }),
);

/**
 * OpenAI's organization API (platform.openai.com/docs/api-reference/usage): costs by day, which it does not give by
 * model, and tokens by day and model; days in UTC, until now.
 */
export const bills: Bills = {
  headers: (adminKey) => ({ authorization: `Bearer ${adminKey}`, accept: 'application/json' }),
  questions: [
    {
      path: (from, next) => pathOf('costs', { from, page: next, more: {} }),
      read: (body) =>
        readPage(costPage, body, ({ amount }) => {
          const billionths = readBillionths(amount.value, 9);
          return billionths === null ? null : { model: null, billionths, requests: null, tokens: null };
        }),
    },
    {
      path: (from, next) => pathOf('usage/completions', { from, page: next, more: { group_by: 'model' } }),
      read: (body) =>
        readPage(usagePage, body, ({ model, input_tokens, output_tokens, num_model_requests }) => ({
          model: model ?? null,
          billionths: null,
          requests: num_model_requests ?? null,
          tokens: (input_tokens ?? 0) + (output_tokens ?? 0),
        })),
    },
  ],
};

function pathOf(
  report: string,
  { from, page: name, more }: { from: number; page: string | null; more: Record<string, string> },
): string {
  const given = { start_time: String(Math.floor(from / 1_000)), bucket_width: '1d', limit: '31', ...more };
  const query = new URLSearchParams(name === null ? given : { ...given, page: name });
  return `/organization/${report}?${query.toString()}`;
}

function readPage<Result>(
  schema: z.ZodType<{
    data: { start_time: number; results: Result[] }[];
    has_more: boolean;
    next_page?: string | null | undefined;
  }>,
  body: unknown,
  read: (result: Result) => Omit<BillRow, 'day'> | null,
): { rows: BillRow[]; next: string | null } | null {
  const found = schema.safeParse(body).data;
  const next = found === undefined ? null : nextPage(found);
  if (found === undefined || next === null) return null;
  const rows: BillRow[] = [];
  for (const { start_time, results } of found.data) {
    const day = utcDayOf(start_time * 1_000);
    for (const result of results) {
      const row = read(result);
      if (row === null || day === null) return null;
      rows.push({ ...row, day });
    }
  }
  return { rows, ...next };
}
