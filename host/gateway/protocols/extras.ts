import { shorten } from '../../../system/text/cut-text.ts';
import { isList, isObject, itemsOf, type Member, membersOf, type Place, readJson, rootMembers } from './json-walk.ts';

/**
 * What a request asks for beside its own model that changes who answers it or what it costs. Fields are found in every
 * spelling and as often as they are given: servers differ in which one they read.
 */
export interface Extras {
  /** Models that it names for something else: a tool, an advisor, a fallback. */
  readonly models: readonly string[];
  /** By the kind of choice, each tier that is asked for, as lists of prices name it. The usual one is left out. */
  readonly tiers: Readonly<Record<string, readonly string[]>>;
  /** It lets the provider search for the model, and pay by the search. */
  readonly searches: boolean;
  /** What is charged by an amount that no answer tells, in words; null: nothing. */
  readonly uncounted: string | null;
  /** It has the cache kept for longer than usual, which costs more to write. */
  readonly longCache: boolean;
  /** A part that may hold such a thing could not be read. */
  readonly unread: boolean;
}

export const NO_EXTRAS: Extras = {
  models: [],
  tiers: {},
  searches: false,
  uncounted: null,
  longCache: false,
  unread: false,
};

/**
 * `own`: the client runs it. `counted`: the provider does, and its usage says what it used. `searches`: likewise, with a
 * price for each search. `charged`: the provider does, and no usage says what that costs.
 */
export type ToolKind = 'own' | 'counted' | 'searches' | 'charged';

/** A tool of a request: every value of its `type`, and its fields' plain names. */
export interface GivenTool {
  readonly types: readonly unknown[];
  readonly fields: readonly string[];
}

/** What a protocol's requests may ask for. Names of fields are plain: see `plainName`. */
export interface ExtraRules {
  /** Fields that choose a tier: the name of the one that a value asks for, null for the usual one. */
  readonly tiers: ReadonlyMap<string, (value: unknown) => string | null>;
  /** Fields that hold a conversation or notes of the client, and name no model to be used. */
  readonly content: ReadonlySet<string>;
  /** Those of them whose items may have tools of their own. */
  readonly toolsInContent?: ReadonlySet<string>;
  readonly judgeTool: (tool: GivenTool) => ToolKind;
  /** The request's own model stands in the path: one in the body is another. */
  readonly modelInPath?: boolean;
  /** Fields that are charged by an amount that no answer tells. */
  readonly charged?: ReadonlySet<string>;
  /** Fields about the cache, and whether a value keeps it for longer than usual. */
  readonly longCache?: ReadonlyMap<string, (value: unknown) => boolean>;
}

/** More than any client's tools and settings; longer ones are not read, as that would keep other calls waiting. */
const MOST_READ_BYTES = 2 * 1024 * 1024;
const MOST_DEPTH = 16;
const NAME_CHARS = 100;
/** As many models as a refusal needs. */
const MOST_MODELS = 50;

/** Fields that name models, in whatever object they stand. */
const NAMES_MODELS = /models?$|^model(?:name|id)s?$|^fallbacks?$/;
/** Fields that describe data: the names below them are those of the data. */
const SCHEMAS: ReadonlySet<string> = new Set([
  'schema',
  'jsonschema',
  'inputschema',
  'outputschema',
  'responseschema',
  'responsejsonschema',
  'parametersjsonschema',
  'properties',
]);
/** Charged wherever a compatible API knows them: searches of a router, and its other additions. */
const CHARGED_EVERYWHERE: ReadonlySet<string> = new Set(['plugins', 'websearchoptions']);

/** A field's name without what readers of JSON overlook in it: capitals, in Unicode's sense, and the way words are joined. */
export function plainName(key: string): string {
  return key.toUpperCase().toLowerCase().replaceAll(/[_-]/g, '');
}

/**
 * The tier that a value asks for; `usual`: those of the ordinary price. Values that are no text are tiers, too, and so is
 * one that cannot be read (undefined).
 */
export function readTier(value: unknown, usual: ReadonlySet<string>): string | null {
  if (value === null) return null;
  const name = sayValue(value).trim().toLowerCase();
  return usual.has(name) ? null : shorten(name, NAME_CHARS);
}

function sayValue(value: unknown): string {
  if (value === undefined) return 'unreadable';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Reads a JSON body of any size. */
export function readExtras(body: Buffer, rules: ExtraRules): Extras {
  const models = new Set<string>();
  const tiers: Record<string, string[]> = {};
  let searches = false;
  let longCache = false;
  let unread = false;
  let uncounted: string | null = null;

  for (const member of rootMembers(body)) {
    const field = member.key === null ? null : plainName(member.key);
    if (field === null) unread = true;
    else if (field === 'model' && rules.modelInPath !== true) continue;
    else if (rules.toolsInContent?.has(field) === true) takeToolsInside(member);
    else if (rules.content.has(field)) continue;
    else takeMember(member, field, 0);
  }
  return { models: [...models], tiers, searches, uncounted, longCache, unread };

  function takeMember(member: Member, field: string, depth: number): void {
    if (member.end - member.start > MOST_READ_BYTES) {
      unread = true;
      return undefined;
    }
    if (field === 'tools') return takeTools(member, depth);
    const readTierOf = rules.tiers.get(field);
    if (readTierOf !== undefined) return takeTier(field, readTierOf(valueOf(member)));
    const isLong = rules.longCache?.get(field);
    if (isLong !== undefined) {
      longCache ||= isLong(valueOf(member));
      return undefined;
    }
    if ((CHARGED_EVERYWHERE.has(field) || rules.charged?.has(field) === true) && !isNothing(member))
      uncounted ??= `"${shorten(member.key ?? '', NAME_CHARS)}"`;
    if (NAMES_MODELS.test(field)) return takeModels(member, depth);
    if (!SCHEMAS.has(field)) walk(member, depth + 1);
    return undefined;
  }

  /** Looks for models and tiers in a value. */
  function walk(place: Place, depth: number): void {
    if (depth > MOST_DEPTH) {
      unread ||= isObject(body, place) || isList(body, place);
      return;
    }
    for (const item of itemsOf(body, place)) walk(item, depth + 1);
    for (const member of membersOf(body, place))
      if (member.key === null) unread = true;
      else takeMember(member, plainName(member.key), depth);
  }

  function takeTier(field: string, tier: string | null): void {
    if (tier !== null) tiers[field] = [...new Set([...(tiers[field] ?? []), tier])];
  }

  /** Names, lists of names, or objects that have them. */
  function takeModels(place: Place, depth: number): void {
    if (isList(body, place)) {
      for (const item of itemsOf(body, place)) takeModels(item, depth + 1);
    } else if (isObject(body, place)) {
      const before = models.size;
      walk(place, depth + 1);
      // It stands where a model's name is, and has none that is known here.
      if (models.size === before) unread = true;
    } else if (!isNothing(place)) {
      const name = readJson(body, place);
      if (typeof name !== 'string' || models.size >= MOST_MODELS) unread = true;
      else models.add(name);
    }
  }

  function takeTools(place: Place, depth: number): void {
    if (depth > MOST_DEPTH) unread = true;
    else if (isList(body, place)) for (const tool of itemsOf(body, place)) takeTool(tool, depth);
    else if (isObject(body, place)) takeTool(place, depth);
    else if (!isNothing(place)) unread = true;
  }

  function takeTool(place: Place, depth: number): void {
    const members = [...membersOf(body, place)];
    const named = members.flatMap((member) => (member.key === null ? [] : [plainName(member.key)]));
    const ofField = (name: string) => members.filter(({ key }) => key !== null && plainName(key) === name);
    const types = ofField('type').map(valueOf);
    if (named.length < members.length || !isObject(body, place)) unread = true;
    const kind = rules.judgeTool({ types, fields: named });
    if (kind === 'searches') searches = true;
    if (kind === 'charged') uncounted ??= `the tool ${sayTool(types, named)}`;
    if (kind === 'own') for (const inner of ofField('tools')) takeTools(inner, depth + 1);
    else walk(place, depth + 1);
  }

  /** Tools that stand in an item of the conversation. */
  function takeToolsInside(content: Place): void {
    for (const item of itemsOf(body, content))
      for (const member of membersOf(body, item))
        if (member.key !== null && plainName(member.key) === 'tools') takeMember(member, 'tools', 0);
  }

  function isNothing(place: Place): boolean {
    const text = body.toString('utf8', place.start, Math.min(place.end, place.start + 8)).trim();
    return text === 'null' || text === 'false' || text === '[]';
  }

  /** Undefined also for an object that has a field twice. */
  function valueOf(place: Place): unknown {
    const keys = [...membersOf(body, place)].map(({ key }) => key);
    return new Set(keys).size === keys.length ? readJson(body, place) : undefined;
  }
}

function sayTool(types: readonly unknown[], fields: readonly string[]): string {
  const type = types.find((one) => typeof one === 'string');
  return `"${shorten(type ?? fields.join(', '), NAME_CHARS)}"`;
}
