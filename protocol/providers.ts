import type * as z from 'zod';
import type { providerName } from './schemas/provider.ts';

/** A provider's name: built in, or chosen by the operator. */
export type ProviderName = z.infer<typeof providerName>;

/** Facts about a kind of provider that hived, gateway, hivectl and the page need. */
interface KindFacts {
  /** Its maker's name, or what it is compatible with. */
  readonly label: string;
  /** The protocols it speaks, by their names in the gateway's table of protocols. */
  readonly protocols: readonly string[];
  /** The base URL of its API; the protocols' paths are appended to it. Null: each provider of the kind has its own. */
  readonly baseUrl: string | null;
  /** The long-lived tokens of subscriptions that it takes in place of a key, and the CLI that they are for; null: none. */
  readonly setupToken: { readonly prefix: string; readonly command: string; readonly cli: string } | null;
  /** The logins that it takes in place of a key, which the hive renews; null: none. */
  readonly login: LoginFacts | null;
  /** What keys of its usage API look like and who makes them, for advice; null: no such API is known. */
  readonly adminKey: string | null;
}

/** Where a login is made, used and renewed. */
interface LoginFacts {
  /** The command that makes one, and the file that it leaves. */
  readonly command: string;
  readonly file: string;
  /** The CLI that it is for, by its name in drivers' facts (`cli`). */
  readonly cli: string;
  /** The base URL of the API that takes it, which is not that for keys. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
}

/** The forms of what a provider's calls are paid by. */
export const CREDENTIAL_FORMS = ['key', 'setup_token', 'login'] as const;
export type CredentialForm = (typeof CREDENTIAL_FORMS)[number];
/** Their words for people. */
export const FORM_WORDS: Readonly<Record<CredentialForm, string>> = {
  key: 'key',
  setup_token: 'token',
  login: 'login',
};

/** Every kind of provider. */
export const PROVIDER_KINDS = {
  anthropic: {
    label: 'Anthropic',
    protocols: ['anthropic'],
    baseUrl: 'https://api.anthropic.com',
    setupToken: { prefix: 'sk-ant-oat', command: 'claude setup-token', cli: 'claude' },
    login: null,
    adminKey: 'sk-ant-admin…, made by an administrator of the organization in the Console',
  },
  openai: {
    label: 'OpenAI',
    protocols: ['openai-chat', 'openai-responses'],
    baseUrl: 'https://api.openai.com/v1',
    setupToken: null,
    login: {
      command: 'codex login',
      file: 'auth.json',
      cli: 'codex',
      baseUrl: 'https://chatgpt.com/backend-api/codex',
      tokenUrl: 'https://auth.openai.com/oauth/token',
    },
    adminKey: 'sk-admin-…, made by an owner of the organization on its page of admin keys',
  },
  gemini: {
    label: 'Google Gemini',
    protocols: ['gemini'],
    baseUrl: 'https://generativelanguage.googleapis.com',
    setupToken: null,
    login: null,
    adminKey: null,
  },
  'anthropic-compatible': {
    label: 'Anthropic-compatible',
    protocols: ['anthropic'],
    baseUrl: null,
    setupToken: null,
    login: null,
    adminKey: null,
  },
  'openai-compatible': {
    label: 'OpenAI-compatible',
    protocols: ['openai-chat', 'openai-responses'],
    baseUrl: null,
    setupToken: null,
    login: null,
    adminKey: null,
  },
} as const satisfies Readonly<Record<string, KindFacts>>;

export type ProviderKind = keyof typeof PROVIDER_KINDS;
export const PROVIDER_KIND_NAMES = Object.keys(PROVIDER_KINDS) as [ProviderKind, ...ProviderKind[]];

export function kindFacts(kind: ProviderKind): KindFacts {
  return PROVIDER_KINDS[kind];
}

/** Whether the API is its maker's own, and not one that is compatible with it. */
export function isOwnApi(kind: ProviderKind): boolean {
  return kindFacts(kind).baseUrl !== null;
}

/** Whether this is a subscription's long-lived token for a provider of this kind, not a key of its API. */
export function isSetupToken(kind: ProviderKind, key: string): boolean {
  const { setupToken } = kindFacts(kind);
  return setupToken !== null && key.startsWith(setupToken.prefix);
}

/** The providers of every hive, each of the kind of its name. Others are declared. */
export const BUILT_IN_PROVIDERS = ['anthropic', 'openai', 'gemini'] as const satisfies readonly ProviderKind[];

/** The kind of a built-in provider; null for another name. */
export function builtInKind(name: string): ProviderKind | null {
  return BUILT_IN_PROVIDERS.find((builtIn) => builtIn === name) ?? null;
}

/** The hive's default provider unless config.yaml says otherwise. */
export const DEFAULT_PROVIDER = BUILT_IN_PROVIDERS[0] as string as ProviderName;

/** The scripted model that needs no key. It replaces a provider; no agent's spec names it. */
export const DEMO = 'demo';
/** Who answered a call: a provider, or the demo model. */
export type AnswererName = ProviderName | typeof DEMO;

/** A provider in a sentence: the maker of a built-in one, the name of any other. */
export function sayProvider({ name, kind }: { name: string; kind: ProviderKind }): string {
  return builtInKind(name) === null ? name : PROVIDER_KINDS[kind].label;
}
