import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { makeLatch } from './fixtures/make-latch.ts';
import { MANAGER, messages, SCOUT } from './fixtures/run-gateway.ts';
import { KEY, withGateway } from './fixtures/with-gateway.ts';

/** How Claude Code names itself. */
const OWN_CLIENT = { 'x-app': 'cli', 'user-agent': 'claude-cli/2.1.197 (external, sdk-cli)' };

const { hive, reported, upstream } = withGateway();

describe('the key', () => {
  test('is removed from an answer that echoes the request, also across chunk borders', async () => {
    upstream().answer = async (response, request) => {
      const key = String(request.headers['x-api-key']);
      response.writeHead(400, { 'content-type': 'application/json', 'request-id': `req ${key}`, 'x-debug': key });
      response.write(`{"error":"bad key ${key} or ${key.slice(0, 9)}`);
      // So that each part is sent as a chunk of its own.
      await delay(20);
      response.write(key.slice(9, 15));
      await delay(20);
      response.end(`${key.slice(15)}"}`);
    };
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
    expect(answer.statusCode).toBe(400);
    expect(await answer.body.text()).toBe('{"error":"bad key [redacted] or [redacted]"}');
    expect(answer.headers['request-id']).toBe('req [redacted]');
    expect(JSON.stringify(answer.headers)).not.toContain(KEY);
  });

  test('that is removed is used by no later request: the demo model answers', async () => {
    await (await hive().ask(SCOUT, { body: messages('hi') })).body.dump();
    await hive().setKey(null);
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
    expect(await answer.body.text()).toContain("I am the hive's demo model");
    await reported(2);
    expect(hive().records()[1]).toMatchObject({ provider: 'demo', model: 'claude-sonnet-4-5', usage: { costUsd: 0 } });
    await hive().setKey('sk-ant-oat01-another');
    await (await hive().ask(SCOUT, { body: messages('hi'), headers: OWN_CLIENT })).body.dump();
    expect(upstream().seen.map((seen) => seen.headers['x-api-key'] ?? seen.headers.authorization)).toEqual([
      KEY,
      'Bearer sk-ant-oat01-another',
    ]);
  });
});

describe('a key that the provider refuses', () => {
  const refuse = (response: ServerResponse) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end('{"type":"error","error":{"type":"authentication_error","message":"expired"}}');
  };

  test('is reported once, and the provider is not called for every retry of a box', async () => {
    upstream().answer = refuse;
    for (let tries = 0; tries < 10; tries += 1) {
      const answer = await hive().ask(tries % 2 === 0 ? SCOUT : MANAGER, { body: messages('hi') });
      expect([answer.statusCode, answer.headers['x-should-retry']]).toEqual([401, 'false']);
      const said = await answer.body.text();
      if (tries > 0) expect(said).toContain('hivectl provider set anthropic');
    }
    expect(upstream().seen).toHaveLength(1);
    await vi.waitFor(() =>
      expect(hive().around.keyReports).toEqual([{ provider: 'anthropic', key: 'main', state: 'refused', status: 401 }]),
    );
    await reported(1);
  });

  test('is forgotten with the next key; later answers to the old one are not reported', async () => {
    upstream().answer = refuse;
    await (await hive().ask(SCOUT, { body: messages('hi') })).body.dump();
    await vi.waitFor(() => expect(hive().around.keyReports).toHaveLength(1));
    const late = makeLatch();
    const arrived = makeLatch();
    await hive().setKey('sk-ant-api03-second');
    upstream().answer = async (response, request) => {
      if (request.headers['x-api-key'] !== 'sk-ant-api03-second')
        return void response.writeHead(200).end('{"type":"error"}');
      arrived.open();
      await late.opened;
      refuse(response);
    };
    const slow = hive().ask(SCOUT, { body: messages('hi') });
    await arrived.opened;
    await hive().setKey('sk-ant-api03-third');
    late.open();
    await (await slow).body.dump();
    await vi.waitFor(() => expect(hive().around.keyReports.map(({ state }) => state)).toEqual(['refused', 'accepted']));
  });

  test('is reported to hived when it is back', async () => {
    upstream().answer = (response) => {
      hive().around.refuse = 'storage_unavailable';
      refuse(response);
    };
    await (await hive().ask(SCOUT, { body: messages('hi') })).body.dump();
    await vi.waitFor(() => expect(hive().around.refused.length).toBeGreaterThan(0));
    hive().around.refuse = null;
    await vi.waitFor(() => expect(hive().around.keyReports).toHaveLength(1));
  });
});

test('without a key and without the demo model nobody answers, and nothing is reported', async () => {
  await hive().setKey(null, false);
  for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
    const answer = await hive().ask(SCOUT, { path, body: messages('hi') });
    expect(answer.statusCode).toBe(401);
    expect(await answer.body.json()).toMatchObject({
      error: { type: 'authentication_error', message: expect.stringContaining('No key is set') },
    });
  }
  await hive().setKey(null);
  await (await hive().ask(SCOUT, { body: messages('hi') })).body.dump();
  await reported(1);
  expect([upstream().seen.length, hive().records()[0]?.provider]).toEqual([0, 'demo']);
});
