import { type ExtraRules, type GivenTool, readTier, type ToolKind } from '../extras.ts';

const USUAL_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'standard']);

/** "fast" is the newer name of "priority". */
export function readServiceTier(value: unknown): string | null {
  const tier = readTier(value, USUAL_TIERS);
  return tier === 'fast' ? 'priority' : tier;
}

/** What both APIs have. */
const COMMON = {
  tiers: new Map([['servicetier', readServiceTier]]),
  longCache: new Map([
    ['promptcacheretention', (value: unknown) => value !== null && value !== 'in_memory' && value !== 'in-memory'],
    ['promptcacheoptions', keepsLong],
  ]),
} satisfies Partial<ExtraRules>;

export const responsesRules: ExtraRules = {
  ...COMMON,
  content: new Set(['input', 'instructions', 'metadata', 'clientmetadata', 'promptcachekey']),
  toolsInContent: new Set(['input']),
  // A template that is stored at the provider: its model, its tools and its length are not in the request.
  charged: new Set(['prompt']),
  judgeTool: (tool) => judgeTool(tool, RESPONSES),
};

export const chatRules: ExtraRules = {
  ...COMMON,
  content: new Set(['messages', 'metadata', 'promptcachekey']),
  judgeTool: (tool) => judgeTool(tool, CHAT),
};

interface ToolTypes {
  readonly own: RegExp;
  readonly counted?: RegExp;
  readonly searches?: RegExp;
}

const CHAT: ToolTypes = { own: /^(?:function|custom)$/ };
const RESPONSES: ToolTypes = {
  own: /^(?:function|custom|namespace|local_shell|apply_patch|computer(?:_use(?:_preview)?)?)$/,
  counted: /^(?:mcp|tool_search)$/,
  searches: /^web_search(?:_\d{4}_\d{2}_\d{2})?$/,
};

function judgeTool({ types }: GivenTool, { own, counted, searches }: ToolTypes): ToolKind {
  const all = (form: RegExp | undefined) =>
    form !== undefined && types.every((type) => typeof type === 'string' && form.test(type));
  // A tool without a type is no tool of these APIs: a compatible one may take it for a function.
  if (all(own)) return 'own';
  if (all(counted)) return 'counted';
  return all(searches) ? 'searches' : 'charged';
}

/** The usual 30 minutes cost least. */
function keepsLong(value: unknown): boolean {
  if (value === null) return false;
  if (typeof value !== 'object') return true;
  const { ttl = null } = value as { ttl?: unknown };
  return ttl !== null && ttl !== '30m';
}
