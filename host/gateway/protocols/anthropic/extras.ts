import { type ExtraRules, type GivenTool, readTier, type ToolKind } from '../extras.ts';

/** "auto" uses capacity that the organization has paid for, where there is some; it costs no more by the token. */
const USUAL_TIERS: ReadonlySet<string> = new Set(['auto', 'standard_only', 'standard', 'default']);
const USUAL_SPEEDS: ReadonlySet<string> = new Set(['standard']);
/** Models of before the choice say "not_available". */
const USUAL_GEOS: ReadonlySet<string> = new Set(['global', 'not_available', '']);

/** The three choices of a tier: who is served first, how fast, and where. */
export const TIERS: ExtraRules['tiers'] = new Map([
  ['servicetier', (value) => readTier(value, USUAL_TIERS)],
  ['speed', (value) => readTier(value, USUAL_SPEEDS)],
  ['inferencegeo', (value) => readTier(value, USUAL_GEOS)],
]);

export const extraRules: ExtraRules = {
  tiers: TIERS,
  content: new Set(['messages', 'system', 'metadata']),
  judgeTool,
};

const DATED = String.raw`(?:_\d{8})?$`;
const OWN = new RegExp(`^(?:custom|(?:bash|text_editor|computer|memory)${DATED})`);
/** An advisor's tokens stand in the usage, with its model. */
const COUNTED = new RegExp(`^(?:web_fetch|advisor|tool_search_tool(?:_regex|_bm25)?|mcp_toolset)${DATED}`);
const SEARCHES = new RegExp(`^web_search${DATED}`);

function judgeTool({ types }: GivenTool): ToolKind {
  const all = (form: RegExp) => types.every((type) => type === null || (typeof type === 'string' && form.test(type)));
  // A tool without a type is the client's own.
  if (all(OWN)) return 'own';
  if (all(COUNTED)) return 'counted';
  return all(SEARCHES) ? 'searches' : 'charged';
}
