import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeRule, readAll, runPlainHost } from '../fixtures/run-egress.ts';
import { MANAGER, runGateway, SCOUT } from '../fixtures/run-gateway.ts';

test('each agent has its own proxy and rules, and hived gets a record of every connection', async () => {
  const hive = await runGateway({ baseUrl: 'http://127.0.0.1:9', key: null });
  const host = await runPlainHost();
  onTestFinished(async () => {
    await hive.stop();
    await host.close();
  });
  const place = `files.test:${host.port}`;
  const ask = (agent: typeof SCOUT) => {
    const socket = connect({ path: hive.around.socketsOf(agent).egressSocket, allowHalfOpen: true });
    socket.write(`GET http://${place}/ HTTP/1.1\r\nHost: ${place}\r\n\r\n`);
    return readAll(socket);
  };
  // hived has not said anything yet.
  expect(await ask(SCOUT)).toMatch(/^HTTP\/1.1 503 /);
  await hive.gateway.apply({ type: 'egress', agents: [{ name: SCOUT, rules: [makeRule(place, 7)] }] });
  expect(await ask(SCOUT)).toContain('the file');
  expect(await ask(MANAGER)).toContain(`hivectl egress allow manager ${place}`);
  await vi.waitFor(() =>
    expect(hive.around.connections).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ agent: SCOUT, verdict: 'allowed', host: 'files.test', port: host.port, rule: 7 }),
        expect.objectContaining({ agent: MANAGER, verdict: 'refused', why: 'not_allowed', rule: null }),
      ]),
    ),
  );
  await hive.gateway.apply({ type: 'egress', agents: [] });
  expect(await ask(SCOUT)).toMatch(/^HTTP\/1.1 403 /);
});

test('an agent that has left has no proxy', async () => {
  const hive = await runGateway({ baseUrl: 'http://127.0.0.1:9', key: null });
  onTestFinished(() => hive.stop());
  await hive.gateway.apply({ type: 'agents', agents: [] });
  const socket = connect(hive.around.socketsOf(SCOUT).egressSocket);
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ENOENT');
});
