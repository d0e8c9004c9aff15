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

test('the hive itself has a proxy of its own; it is refused at once, with the command that allows the host', async () => {
  const hive = await runGateway({ baseUrl: 'http://127.0.0.1:9', key: null });
  const host = await runPlainHost();
  onTestFinished(async () => {
    await hive.stop();
    await host.close();
  });
  const place = `files.test:${host.port}`;
  const ask = () => {
    const socket = connect({ path: hive.around.hiveEgressSocket, allowHalfOpen: true });
    socket.write(`GET http://${place}/ HTTP/1.1\r\nHost: ${place}\r\n\r\n`);
    return readAll(socket);
  };
  await hive.gateway.apply({ type: 'egress', agents: [{ name: SCOUT, rules: [makeRule(place, 1)] }] });
  const refused = await ask();
  expect(refused).toContain('x-hive-refusal: not_allowed');
  expect(refused).toContain(
    `The hive itself may not reach ${place}. The operator can allow it: hivectl egress allow hive ${place}`,
  );
  await hive.gateway.apply({ type: 'egress', agents: [{ name: 'hive', rules: [makeRule(place, 1)] }] });
  expect(await ask()).toContain('the file');
  await vi.waitFor(() =>
    expect(hive.around.connections).toContainEqual(expect.objectContaining({ agent: 'hive', verdict: 'allowed' })),
  );
  // Agents that come and go leave it alone.
  await hive.gateway.apply({ type: 'agents', agents: [] });
  expect(await ask()).toContain('the file');
});

test('an agent that has left has no proxy', async () => {
  const hive = await runGateway({ baseUrl: 'http://127.0.0.1:9', key: null });
  onTestFinished(() => hive.stop());
  await hive.gateway.apply({ type: 'agents', agents: [] });
  const socket = connect(hive.around.socketsOf(SCOUT).egressSocket);
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ENOENT');
});
