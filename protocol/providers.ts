/** Facts about a provider of models that hived, gateway, hivectl and the page need. */
interface ProviderFacts {
  /** Its name in its maker's spelling. */
  readonly label: string;
  /** The protocols it speaks, by their names in the gateway's table of protocols. */
  readonly protocols: readonly string[];
  /** The base URL of its API unless config.yaml says otherwise; the protocols' paths are appended to it. */
  readonly baseUrl: string;
}

/** Every provider that an agent may use. The first one is the hive's default unless config.yaml says otherwise. */
export const PROVIDERS = {
  anthropic: { label: 'Anthropic', protocols: ['anthropic'], baseUrl: 'https://api.anthropic.com' },
  openai: {
    label: 'OpenAI',
    protocols: ['openai-chat', 'openai-responses'],
    baseUrl: 'https://api.openai.com/v1',
  },
  gemini: {
    label: 'Google Gemini',
    protocols: ['gemini'],
    baseUrl: 'https://generativelanguage.googleapis.com',
  },
} as const satisfies Readonly<Record<string, ProviderFacts>>;

export type ProviderName = keyof typeof PROVIDERS;
export const PROVIDER_NAMES = Object.keys(PROVIDERS) as [ProviderName, ...ProviderName[]];
export const DEFAULT_PROVIDER: ProviderName = PROVIDER_NAMES[0];

/** The scripted model that needs no key. It replaces a provider; no agent's spec names it. */
export const DEMO = 'demo';
/** Who answered a call: a provider, or the demo model. */
export type AnswererName = ProviderName | typeof DEMO;

export function providerFacts(name: ProviderName): ProviderFacts {
  return PROVIDERS[name];
}

/** The names of all providers, for a sentence. */
export const SAID_PROVIDERS = PROVIDER_NAMES.join(', ');

/** One value for each provider. */
export function mapProviders<T>(make: (provider: ProviderName) => T): Record<ProviderName, T> {
  return Object.fromEntries(PROVIDER_NAMES.map((name) => [name, make(name)])) as Record<ProviderName, T>;
}
