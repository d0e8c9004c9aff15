import { describe, expect, test } from 'vitest';
import { extraRules as anthropic } from './anthropic/extras.ts';
import { type ExtraRules, NO_EXTRAS, readExtras } from './extras.ts';
import { extraRules as gemini } from './gemini/extras.ts';
import { chatRules as chat, responsesRules as responses } from './openai/extras.ts';

/**
 * Vulnerability: a request may choose what it costs and who else answers it (a faster tier, an advisor, a fallback, a
 * tool with a model of its own). Scenario: a box asks so in every spelling that some server reads. Verified: it is seen.
 */
const read = (rules: ExtraRules, body: string | object) =>
  readExtras(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), rules);

test.each<[string, ExtraRules, object | string]>([
  ['nothing', chat, { model: 'm', messages: [{ role: 'user', content: 'hi' }] }],
  ['the usual tiers', anthropic, { service_tier: 'auto', speed: 'standard', inference_geo: 'global' }],
  ['the usual tier', responses, { service_tier: 'default', prompt_cache_retention: 'in_memory' }],
  ['the usual tier, and none', gemini, { serviceTier: 'SERVICE_TIER_STANDARD', service_tier: null }],
  ['words of a conversation', anthropic, { messages: [{ content: [{ type: 'text', model: 'x', tools: [{}] }] }] }],
  ['data that a tool takes', chat, { tools: [{ type: 'function', function: { parameters: { properties: { model: {} } } } }] }],
  ['data that an answer has', responses, { text: { format: { schema: { properties: { speed: {}, model: {} } } } } }],
  ['the tools of Claude Code', anthropic, { tools: [{ name: 'Bash', input_schema: {} }, { type: 'bash_20250124' }], metadata: { model: 'x' } }],
  ['the tools of codex', responses, { input: [{ type: 'additional_tools', tools: [{ type: 'namespace', tools: [{ type: 'custom' }] }] }] }],
  ['the tools of Gemini CLI', gemini, { tools: [{ functionDeclarations: [{ name: 'f', parameters: { properties: { model: {} } } }] }, { urlContext: {} }] }],
  ['what is no JSON', chat, 'not json'],
  ['fields of no tier', chat, { constructor: 'x', toString: 'y', __proto__: null }],
] as const)('%s asks for nothing more', (_, rules, body) => {
  expect(read(rules, body)).toEqual(NO_EXTRAS);
}); // prettier-ignore

describe('a tier', () => {
  test.each<[ExtraRules, string, string]>([
    [chat, '{"service_tier":"priority"}', 'priority'],
    [responses, '{"service_tier":"fast"}', 'priority'],
    [chat, '{"Service_Tier":"ultrafast"}', 'ultrafast'],
    [chat, '{"serviceTier":"flex"}', 'flex'],
    [chat, '{"service_tier":"default","service_tier":"priority"}', 'priority'],
    [chat, '{"service_tier":"priority","service_tier":"default"}', 'priority'],
    [chat, '{"s\\u0065rvice_tier":" PRIORITY "}', 'priority'],
    // Some servers take the long s for an s.
    [chat, '{"\u017fervice_tier":"priority"}', 'priority'],
    [chat, '{"x":NaN,"service_tier":"priority"}', 'priority'],
    [chat, '\uFEFF{"service_tier":"priority"}', 'priority'],
    [chat, '{"service_tier":["priority"]}', '["priority"]'],
    [chat, '{"service_tier":3}', '3'],
    [chat, '{"service_tier":\'priority\'}', 'unreadable'],
    [chat, '{"extra_body":{"service_tier":"priority"}}', 'priority'],
    [anthropic, '{"speed":"fast"}', 'fast'],
    [anthropic, '{"inference_geo":"us"}', 'us'],
    [anthropic, '{"service_tier":"priority"}', 'priority'],
    [gemini, '{"service_tier":"SERVICE_TIER_PRIORITY"}', 'priority'],
    [gemini, '{"serviceTier":3}', '3'],
    [gemini, '{"generationConfig":{"serviceTier":"priority"}}', 'priority'],
  ])('is seen in %j %s', (rules, body, tier) => {
    expect(Object.values(read(rules, body).tiers)).toEqual([[tier]]);
  });

  test('several choices are all seen', () => {
    const asked = { speed: 'fast', inference_geo: 'us', service_tier: 'batch' };
    expect(read(anthropic, asked).tiers).toEqual({ speed: ['fast'], inferencegeo: ['us'], servicetier: ['batch'] });
  });
});

describe('another model', () => {
  test.each<[string, ExtraRules, object | string]>([
    ['of an advisor', anthropic, { tools: [{ type: 'advisor_20260301', name: 'advisor', model: 'big' }] }],
    ['of a fallback', anthropic, { fallbacks: [{ model: 'big' }] }],
    ['of fallbacks by name', anthropic, { fallbacks: 'big' }],
    ['of a list', chat, { models: ['big'] }],
    ['of a tool for pictures', responses, { tools: [{ type: 'image_generation', model: 'big' }] }],
    ['of a tool in the conversation', responses, { input: [{ type: 'additional_tools', tools: [{ type: 'x', model: 'big' }] }] }],
    ['of a tool in a namespace', responses, { tools: [{ type: 'namespace', tools: [{ type: 'x', model: 'big' }] }] }],
    ["of a router's advisor", chat, { tools: [{ type: 'openrouter:advisor', parameters: { model: 'big' } }] }],
    ['of an advisor outside of tools', chat, { advisor: { model: 'big', mode: 'auto' } }],
    ['in the body where the path names it', gemini, { model: 'big' }],
    ['by a manual route', gemini, { routingConfig: { manualMode: { modelName: 'big' } } }],
    ['in capitals', anthropic, { Tools: [{ Type: 'advisor_20260301', MODEL: 'big' }] }],
    ['in the first of two lists', anthropic, '{"tools":[{"type":"advisor_20260301","model":"big"}],"tools":[]}'],
    ['beside a type of the client', anthropic, '{"tools":[{"type":"advisor_20260301","type":"custom","model":"big"}]}'],
    ['before another one', anthropic, '{"tools":[{"type":"advisor_20260301","model":"big","model":null}]}'],
    ['in a tool that is no list', chat, { tools: { type: 'x', model: 'big' } }],
  ])('%s is seen', (_, rules, body) => {
    expect(read(rules, body).models).toEqual(['big']);
  }); // prettier-ignore

  test.each<[string, ExtraRules, object | string]>([
    ['a number', chat, { models: [7] }],
    ['an object without a name', chat, { models: [{ id: 'big' }] }],
    ['a name that is no JSON', chat, '{"models":[\'big\']}'],
    ['far too long', chat, { tools: [{ type: 'function', x: 'y'.repeat(3 * 1024 * 1024) }] }],
    ['far too deep', chat, `{"x":${'['.repeat(1_000)}{"model":"big"}${']'.repeat(1_000)}}`],
    ['a field without a readable name', chat, '{"\\x6dodels":["big"]}'],
  ])('that is %s makes the request unreadable', (_, rules, body) => {
    expect(read(rules, body)).toMatchObject({ models: [], unread: true });
  });
});

describe('what the provider charges for beside tokens', () => {
  test.each<[ExtraRules, object | string, string]>([
    [responses, { tools: [{ type: 'image_generation' }] }, 'the tool "image_generation"'],
    [responses, { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] }, 'the tool "code_interpreter"'],
    [responses, { tools: [{ type: 'shell', environment: { type: 'container_auto' } }] }, 'the tool "shell"'],
    [responses, { tools: [{ type: 'of_tomorrow' }] }, 'the tool "of_tomorrow"'],
    [responses, '{"tools":[{"type":"function","type":"file_search"}]}', 'the tool "function"'],
    [anthropic, { tools: [{ type: 'code_execution_20250825' }] }, 'the tool "code_execution_20250825"'],
    [anthropic, { tools: [{ type: 7 }] }, 'the tool "type"'],
    [gemini, { tools: [{ functionDeclarations: [], googleMaps: {} }] }, 'the tool "functiondeclarations, googlemaps"'],
    [responses, { prompt: { id: 'pmpt_1', version: '2' } }, '"prompt"'],
    [chat, { web_search_options: {} }, '"web_search_options"'],
    [chat, { plugins: [{ id: 'web' }] }, '"plugins"'],
    [chat, { extra_body: { plugins: [{ id: 'web' }] } }, '"plugins"'],
  ])('%j %j is named', (rules, body, uncounted) => {
    expect(read(rules, body).uncounted).toBe(uncounted);
  });

  test.each<[ExtraRules, object]>([
    [anthropic, { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    [responses, { tools: [{ type: 'function' }, { type: 'web_search' }] }],
    [gemini, { tools: [{ google_search: {} }] }],
  ])('searches are told from it: %j %j', (rules, body) => {
    expect(read(rules, body)).toEqual({ ...NO_EXTRAS, searches: true });
  });

  test.each<[object | string, boolean]>([
    [{ prompt_cache_retention: '24h' }, true],
    [{ prompt_cache_options: { mode: 'explicit', ttl: '12h' } }, true],
    ['{"prompt_cache_options":{"ttl":"12h","ttl":"30m"}}', true],
    [{ prompt_cache_options: { mode: 'implicit', ttl: '30m' }, prompt_cache_key: 'k' }, false],
  ])('a cache that is kept for longer: %j %s', (body, longCache) => {
    expect(read(responses, body).longCache).toBe(longCache);
  });
});

test('a large conversation is passed over quickly, and hostile nesting too', () => {
  const text = `{"input":[${Array.from({ length: 20_000 }, () => '{"type":"message","content":[{"text":"hello, world"}]}').join(',')}]}`;
  expect(read(responses, text)).toEqual(NO_EXTRAS);
  expect(read(responses, `{"tools":${'['.repeat(500_000)}`).unread).toBe(true);
});
