import { DRIVER_NAMES, DRIVERS } from '../../../protocol/drivers/drivers.ts';
import { modelEntry, type ModelEntry } from '../../../protocol/schemas/model.ts';

/** Names that specs use for models → who answers, the first that can. */
export type ModelMap = ReadonlyMap<string, readonly ModelEntry[]>;

/** Like the names of agents and roles; a model's full name may contain more. */
export const MAP_NAME = /^[A-Za-z][\w.-]{0,63}$/;

/**
 * Reads `models` of config.yaml: each name's list of `provider/model`, or of other names of the map, whose lists stand in
 * their place. Returns one sentence for each problem: a name that is taken, an empty list, an entry without a provider, a
 * provider that does not exist, a cycle, a fallback in another protocol.
 */
export function readModelMap(
  given: Readonly<Record<string, readonly string[]>>,
  /** The protocols of a provider; null for an unknown one. */
  protocolsOf: (provider: string) => readonly string[] | null,
): { map: ModelMap; problems: string[] } {
  const problems: string[] = [];
  const map = new Map<string, ModelEntry[]>();
  const names = new Map(Object.entries(given));
  const complain = (name: string, why: string) => void problems.push(`models.${name}: ${why}`);

  function expand(name: string, path: readonly string[]): ModelEntry[] {
    const round = path.indexOf(name);
    if (round !== -1) {
      // Once for each cycle, at the name that begins it.
      const cycle = path.slice(round);
      if (path[0] === name) complain(name, `it leads back to itself: ${[...cycle, name].join(' → ')}`);
      return [];
    }
    return (names.get(name) ?? []).flatMap((text) =>
      names.has(text) ? expand(text, [...path, name]) : readEntry(text, { name, isFirstSeen: path.length === 0 }),
    );
  }

  function readEntry(text: string, at: { name: string; isFirstSeen: boolean }): ModelEntry[] {
    const why = whyNoEntry(text, protocolsOf);
    if (why !== null && at.isFirstSeen) complain(at.name, why);
    const slash = text.indexOf('/');
    const read = modelEntry.safeParse({ provider: text.slice(0, slash), model: text.slice(slash + 1) });
    return why === null && read.success ? [read.data] : [];
  }

  for (const [name, list] of names) {
    if (list.length === 0) complain(name, 'the list is empty');
    map.set(name, withoutRepeats(expand(name, [])));
  }
  for (const name of names.keys()) {
    const why = whyTaken(name, map);
    if (why !== null) complain(name, why);
  }
  for (const [name, [primary, ...fallbacks]] of map)
    for (const fallback of fallbacks) {
      const spoken = primary === undefined ? [] : (protocolsOf(primary.provider) ?? []);
      if (!(protocolsOf(fallback.provider) ?? []).some((protocol) => spoken.includes(protocol)))
        complain(name, `${fallback.provider} speaks no protocol of ${primary?.provider ?? ''}, which its agents speak`);
    }
  return { map, problems };
}

function whyNoEntry(text: string, protocolsOf: (provider: string) => readonly string[] | null): string | null {
  const slash = text.indexOf('/');
  if (slash < 1) return `"${text}" names no provider: write PROVIDER/MODEL, or another name of models`;
  const provider = text.slice(0, slash);
  if (protocolsOf(provider) === null) return `there is no provider "${provider}"`;
  return modelEntry.safeParse({ provider, model: text.slice(slash + 1) }).success
    ? null
    : `"${text.slice(slash + 1)}" cannot be a model's name`;
}

/** A name must mean one thing: to the CLI, among the models of the map, and beside the other names. */
function whyTaken(name: string, map: ModelMap): string | null {
  const driver = DRIVER_NAMES.find((one) => DRIVERS[one].ownModelNames.includes(name));
  if (driver !== undefined) return `"${name}" is a name that the driver ${driver} gives a model itself`;
  const similar = [...map.keys()].find((other) => other !== name && other.toLowerCase() === name.toLowerCase());
  if (similar !== undefined) return `it differs from models.${similar} in upper and lower case only`;
  const owner = [...map].find(([, entries]) => entries.some(({ model }) => model === name));
  return owner === undefined ? null : `"${name}" is a model of models.${owner[0]}, too`;
}

function withoutRepeats(entries: readonly ModelEntry[]): ModelEntry[] {
  const isFirst = (entry: ModelEntry, index: number) =>
    entries.findIndex(({ provider, model }) => provider === entry.provider && model === entry.model) === index;
  return entries.filter(isFirst);
}
