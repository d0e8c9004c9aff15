import { type ExtraRules, type GivenTool, readTier, type ToolKind } from '../extras.ts';

const USUAL_TIERS: ReadonlySet<string> = new Set(['standard', 'unspecified']);

/** In the API's own spelling, or that of its enumeration: SERVICE_TIER_PRIORITY. */
export function readServiceTier(value: unknown): string | null {
  return readTier(typeof value === 'string' ? value.replace(/^service_tier_/i, '') : value, USUAL_TIERS);
}

export const extraRules: ExtraRules = {
  tiers: new Map([['servicetier', readServiceTier]]),
  content: new Set(['contents', 'systeminstruction', 'labels', 'cachedcontent']),
  judgeTool,
  modelInPath: true,
};

/** Their results are tokens of the prompt. */
const COUNTED: ReadonlySet<string> = new Set(['codeexecution', 'urlcontext', 'computeruse']);
const SEARCHES: ReadonlySet<string> = new Set(['googlesearch', 'googlesearchretrieval']);

/** A tool is an object with a field for each kind. */
function judgeTool({ fields }: GivenTool): ToolKind {
  const others = fields.filter((field) => field !== 'functiondeclarations');
  if (others.length === 0) return 'own';
  if (others.every((field) => COUNTED.has(field))) return 'counted';
  return others.every((field) => COUNTED.has(field) || SEARCHES.has(field)) ? 'searches' : 'charged';
}
