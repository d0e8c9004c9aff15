/** Who serves models: what hived, gateway, hivectl and the page need to know of a provider. */
interface ProviderFacts {
  /** As its maker writes it. */
  readonly label: string;
  /** The protocols it speaks, by the names of the gateway's table of protocols. */
  readonly protocols: readonly string[];
  /** Where its API is reached unless config.yaml says otherwise; the protocols' paths follow it. */
  readonly baseUrl: string;
}

/** Every provider that an agent may be on. The first one is the hive's default unless config.yaml says otherwise. */
export const PROVIDERS = {
  anthropic: { label: 'Anthropic', protocols: ['anthropic'], baseUrl: 'https://api.anthropic.com' },
  openai: { label: 'OpenAI', protocols: ['openai-chat'], baseUrl: 'https://api.openai.com/v1' },
} as const satisfies Readonly<Record<string, ProviderFacts>>;

export type ProviderName = keyof typeof PROVIDERS;
export const PROVIDER_NAMES = Object.keys(PROVIDERS) as [ProviderName, ...ProviderName[]];
export const DEFAULT_PROVIDER: ProviderName = PROVIDER_NAMES[0];

/** The scripted model that needs no key. It stands in for a provider; no agent is declared to be on it. */
export const DEMO = 'demo';
/** Who answered a call: a provider, or the demo model. */
export type AnswererName = ProviderName | typeof DEMO;

export function providerFacts(name: ProviderName): ProviderFacts {
  return PROVIDERS[name];
}

/** Every provider by name, for a sentence. */
export const SAID_PROVIDERS = PROVIDER_NAMES.join(', ');

/** One value for each provider. */
export function mapProviders<T>(make: (provider: ProviderName) => T): Record<ProviderName, T> {
  return Object.fromEntries(PROVIDER_NAMES.map((name) => [name, make(name)])) as Record<ProviderName, T>;
}
