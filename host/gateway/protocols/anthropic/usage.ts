import * as z from 'zod';
import { addTokens, type CountedTokens, EMPTY_TALLY, MOST_COUNTED, type Tally } from '../tally.ts';
import { TIERS } from './extras.ts';

const count = z.number().int().nonnegative().max(MOST_COUNTED).nullish().catch(null);
const name = z.string().nullish().catch(null);

const counts = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z
    .object({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count })
    .nullish()
    .catch(null),
});
type Counts = z.infer<typeof counts>;

/** The provider's `usage`. Another program's output: a field that does not fit the schema counts as absent. */
export const reportedUsage = counts.extend({
  server_tool_use: z.object({ web_search_requests: count, code_execution_requests: count }).nullish().catch(null),
  /** The parts of an answer in which a model was asked several times, or other models were. */
  iterations: z
    .array(counts.extend({ type: name, model: name }))
    .nullish()
    .catch(null),
  service_tier: name,
  speed: name,
  inference_geo: name,
});
export type ReportedUsage = z.infer<typeof reportedUsage>;

/** Of the answering model itself: the figures outside are those of these together, or of the first. */
const OWN_PARTS: ReadonlySet<string> = new Set(['message', 'fallback_message']);

/** Merges a further report into the tally; fields that are absent in it keep their value. */
export function addReport(tally: Tally, report: ReportedUsage): Tally {
  const webSearches = report.server_tool_use?.web_search_requests ?? tally.tokens.webSearches ?? 0;
  const iterations = report.iterations ?? [];
  const isOwn = ({ type }: { type?: string | null | undefined }) => OWN_PARTS.has(type ?? 'message');
  const own = iterations.filter(isOwn).map((part) => readTokens(NOTHING, part));
  const others = iterations
    .filter((part) => !isOwn(part))
    .map((part) => ({ model: part.model ?? null, tokens: readTokens(NOTHING, part) }));
  const tiers = { ...tally.tiers, ...readTiers(report) };
  return {
    model: tally.model,
    tokens: {
      ...atLeast(readTokens(tally.tokens, report), own.length === 0 ? NOTHING : own.reduce(addTokens)),
      ...(webSearches === 0 ? {} : { webSearches }),
    },
    ...(others.length > 0 ? { others } : tally.others === undefined ? {} : { others: tally.others }),
    ...(Object.keys(tiers).length === 0 ? {} : { tiers }),
    unusualPrice: tally.unusualPrice || (report.server_tool_use?.code_execution_requests ?? 0) > 0,
  };
}

const NOTHING: CountedTokens = EMPTY_TALLY.tokens;

function readTokens(known: CountedTokens, report: Counts): CountedTokens {
  const written = report.cache_creation_input_tokens ?? known.cacheWrite5m + known.cacheWrite1h;
  const hour = Math.min(written, report.cache_creation?.ephemeral_1h_input_tokens ?? known.cacheWrite1h);
  return {
    input: report.input_tokens ?? known.input,
    output: report.output_tokens ?? known.output,
    cacheRead: report.cache_read_input_tokens ?? known.cacheRead,
    cacheWrite5m: written - hour,
    cacheWrite1h: hour,
    // The provider counts reasoning as output and does not report its part.
    reasoning: known.reasoning,
  };
}

/** The parts together may be more than the figures outside, and are what is paid. */
function atLeast(whole: CountedTokens, parts: CountedTokens): CountedTokens {
  const written = Math.max(whole.cacheWrite5m + whole.cacheWrite1h, parts.cacheWrite5m + parts.cacheWrite1h);
  const hour = Math.max(whole.cacheWrite1h, parts.cacheWrite1h);
  return {
    ...whole,
    input: Math.max(whole.input, parts.input),
    output: Math.max(whole.output, parts.output),
    cacheRead: Math.max(whole.cacheRead, parts.cacheRead),
    cacheWrite5m: written - hour,
    cacheWrite1h: hour,
  };
}

function readTiers({ service_tier, speed, inference_geo }: ReportedUsage): Record<string, string | null> {
  const said = { servicetier: service_tier, speed, inferencegeo: inference_geo };
  return Object.fromEntries(
    Object.entries(said).flatMap(([field, value]) =>
      value == null ? [] : [[field, TIERS.get(field)?.(value) ?? null] as const],
    ),
  );
}
