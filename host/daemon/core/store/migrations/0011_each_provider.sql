-- What is known of a provider is kept for each of them (modules: providers).
UPDATE meta SET key = 'provider.anthropic.demo' WHERE key = 'provider.demo';
UPDATE meta SET key = 'provider.anthropic.refused' WHERE key = 'provider.refused';
UPDATE meta SET key = 'provider.anthropic.away' WHERE key = 'provider.away';
