import * as z from 'zod';
import { type Bills, billedCount, billedModel, pageFields, readPage } from '../../bills/bills.ts';
import { readBillionths } from '../../bills/read-usd.ts';

const page = <Result extends z.ZodType>(results: Result) =>
  z.object({
    object: z.literal('page'),
    data: z.array(z.object({ start_time: z.number(), results: z.array(results) })),
    ...pageFields,
  });
const startOf = ({ start_time }: { start_time: number }) => start_time * 1_000;

const costPage = page(
  z.object({
    amount: z.object({ value: z.union([z.number(), z.string()]), currency: z.string().regex(/^usd$/i) }),
  }),
);
const usagePage = page(
  z.object({
    model: billedModel,
    /** With those from the cache. */
    input_tokens: billedCount,
    output_tokens: billedCount,
    num_model_requests: billedCount,
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
        readPage(body, {
          schema: costPage,
          startOf,
          read({ amount }) {
            const billionths = readBillionths(amount.value, 9);
            return billionths === null ? null : { model: null, billionths, requests: null, tokens: null };
          },
        }),
    },
    {
      path: (from, next) => pathOf('usage/completions', { from, page: next, more: { group_by: 'model' } }),
      read: (body) =>
        readPage(body, {
          schema: usagePage,
          startOf,
          read: ({ model, input_tokens, output_tokens, num_model_requests }) => ({
            model: model ?? null,
            billionths: null,
            requests: num_model_requests ?? null,
            tokens: (input_tokens ?? 0) + (output_tokens ?? 0),
          }),
        }),
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
