import { HiveError } from '../../../../protocol/errors.ts';
import {
  BUILT_IN_PROVIDERS,
  builtInKind,
  kindFacts,
  type ProviderKind,
  type ProviderName,
} from '../../../../protocol/providers.ts';
import { providerName } from '../../../../protocol/schemas/provider.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { Config } from '../../config/schema.ts';
import { listAdded } from './store/providers.ts';

/** A model provider of this hive. */
export interface Provider {
  readonly name: ProviderName;
  readonly kind: ProviderKind;
  readonly baseUrl: string;
  /** Where its logins are used and renewed; null for a kind that has none. */
  readonly logins: { readonly baseUrl: string; readonly tokenUrl: string } | null;
  /** Of every hive, declared in config.yaml, or added by the operator. */
  readonly origin: 'built_in' | 'config' | 'added';
  /** Its key files and stored facts are named by it: its first name for all but added ones, which may be renamed. */
  readonly id: string;
}

/** The providers of this hive: the built-in ones, those of config.yaml, and those that the operator added. */
export interface ProviderList {
  all(): readonly Provider[];
  find(name: ProviderName): Provider | null;
  /** Throws `unknown_provider`, which names the known ones. */
  require(name: ProviderName): Provider;
}

/** A declaration in config.yaml is stronger than an added provider of its name, whose keys it uses. */
export function createProviderList(db: Db, declared: Config['providers']): ProviderList {
  const fixed = declareFixed(declared);

  function all(): Provider[] {
    const added = listAdded(db);
    const idOf = (name: ProviderName) => added.find((one) => one.name === name)?.id ?? name;
    return [
      ...fixed.map((provider) => ({ ...provider, id: idOf(provider.name) })),
      ...added
        .filter(({ name }) => !fixed.some((one) => one.name === name))
        .map((provider) => ({ ...provider, logins: loginsOf(provider.kind), origin: 'added' as const })),
    ];
  }

  const find = (name: ProviderName) => all().find((provider) => provider.name === name) ?? null;
  return {
    all,
    find,
    require(name) {
      const found = find(name);
      if (found !== null) return found;
      const known = all().map((provider) => provider.name);
      throw new HiveError('unknown_provider', `There is no provider "${name}". There is: ${known.join(', ')}.`);
    },
  };
}

function declareFixed(declared: Config['providers']): Omit<Provider, 'id'>[] {
  const names = [...BUILT_IN_PROVIDERS.map((name) => providerName.parse(name)), ...Object.keys(declared)];
  return [...new Set(names)].map((text) => {
    const name = providerName.parse(text);
    const given = declared[name];
    const kind = given?.kind ?? builtInKind(name);
    const baseUrl = kind === null ? null : (given?.base_url ?? kindFacts(kind).baseUrl);
    // The configuration was checked.
    if (kind === null || baseUrl === null) throw new HiveError('config_invalid', `providers.${name} is incomplete.`);
    const origin = builtInKind(name) === null ? 'config' : 'built_in';
    return { name, kind, baseUrl, logins: loginsOf(kind, given?.login), origin };
  });
}

function loginsOf(kind: ProviderKind, given: Config['providers'][ProviderName]['login'] = {}): Provider['logins'] {
  const { login } = kindFacts(kind);
  if (login === null) return null;
  return { baseUrl: given.base_url ?? login.baseUrl, tokenUrl: given.token_url ?? login.tokenUrl };
}
