import * as z from 'zod';
import { MOST_COUNTED, type Tally } from '../tally.ts';

const count = z.number().int().nonnegative().max(MOST_COUNTED).nullish().catch(null);

/** The provider's `usage`. Another program's output: a field that does not fit the schema counts as absent. */
export const reportedUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z
    .object({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count })
    .nullish()
    .catch(null),
  server_tool_use: z.object({ web_search_requests: count }).nullish().catch(null),
  speed: z.string().nullish().catch(null),
});
export type ReportedUsage = z.infer<typeof reportedUsage>;

/** Merges a further report into the tally; fields that are absent in it keep their value. */
export function addReport(tally: Tally, report: ReportedUsage): Tally {
  const { tokens } = tally;
  const written = report.cache_creation_input_tokens ?? tokens.cacheWrite5m + tokens.cacheWrite1h;
  const hour = Math.min(written, report.cache_creation?.ephemeral_1h_input_tokens ?? tokens.cacheWrite1h);
  const webSearches = report.server_tool_use?.web_search_requests ?? tokens.webSearches ?? 0;
  return {
    model: tally.model,
    tokens: {
      input: report.input_tokens ?? tokens.input,
      output: report.output_tokens ?? tokens.output,
      cacheRead: report.cache_read_input_tokens ?? tokens.cacheRead,
      cacheWrite5m: written - hour,
      cacheWrite1h: hour,
      // The provider counts reasoning as output and does not report its part.
      reasoning: tokens.reasoning,
      ...(webSearches === 0 ? {} : { webSearches }),
    },
    unusualPrice: tally.unusualPrice || (report.speed != null && report.speed !== 'standard'),
  };
}
