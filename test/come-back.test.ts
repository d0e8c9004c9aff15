import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import Docker from 'dockerode';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// Every process that dies is restarted by itself, with an event.
let hive: TestHive;
const docker = new Docker({ socketPath: '/var/run/docker.sock' });
beforeAll(async () => {
  hive = await openTestHive();
  await hive.start();
  await idle('manager');
  await idle('scout');
});
afterAll(() => hive.close());

const idle = (name: string) =>
  hive.until(async () => (await hive.admin.call('getAgent', { name })).agent.state === 'idle', `${name} to be idle`);
const lastSeq = async () => (await hive.admin.call('status', {})).lastSeq;

/** Sends an agent a message and waits for the turn about it. */
async function answers(name: string): Promise<void> {
  const { id } = await hive.admin.call('send', { to: name, body: 'are you there?' });
  const turn = await hive.event(
    (event) =>
      event.kind === 'turn.finished' &&
      event.data['outcome'] === 'done' &&
      (event.data['messages'] as number[]).includes(id),
  );
  expect(turn.agent).toBe(name);
}

describe.each(['gateway', 'forge', 'dashboard'])('kill -9 of the %s', (name) => {
  test('it is restarted, the log says so, and agents work', async () => {
    const before = (await hive.admin.call('status', {})).services.find((one) => one.name === name);
    const from = await lastSeq();
    process.kill(before?.pid ?? 0, 'SIGKILL');
    await hive.event((event) => event.seq > from && event.kind === 'service.exited' && event.data['service'] === name);
    await hive.event((event) => event.seq > from && event.kind === 'service.started' && event.data['service'] === name);
    const after = (await hive.admin.call('status', {})).services.find((one) => one.name === name);
    expect(after).toMatchObject({ state: 'running', restarts: (before?.restarts ?? 0) + 1 });
    expect(after?.pid).not.toBe(before?.pid);
    await answers('scout');
  });
});

test('kill -9 of a harness: its box is made anew and the interrupted turn is repeated', async () => {
  const from = await lastSeq();
  const { id } = await hive.admin.call('send', { to: 'scout', body: '@Bash {"command":"sleep 2"}' });
  await hive.event((event) => event.seq > from && event.kind === 'turn.tool_call' && event.agent === 'scout');
  const [box] = (await hive.containers()).filter((one) => one.Labels['hive.agent'] === 'scout');
  const { Processes } = (await docker.getContainer(box?.Id ?? '').top()) as { Processes: string[][] };
  const harness = Processes.find(
    (row) => row.at(-1)?.includes('harness.mjs') === true && row.at(-1)?.includes('init') !== true,
  );
  process.kill(Number(harness?.[1]), 'SIGKILL');
  await hive.event((event) => event.seq > from && event.kind === 'box.exited' && event.agent === 'scout');
  await hive.event((event) => event.seq > from && event.kind === 'harness.hello' && event.agent === 'scout');
  const again = await hive.event(
    (event) =>
      event.seq > from && event.kind === 'turn.started' && (event.data['redelivered'] as number[]).includes(id),
  );
  expect(again.agent).toBe('scout');
  await hive.event(
    (event) => event.seq > again.seq && event.kind === 'turn.finished' && event.data['outcome'] === 'done',
  );
  await idle('scout');
});

test('a box that is killed, or removed, is restored', async () => {
  for (const gone of ['kill', 'remove'] as const) {
    const from = await lastSeq();
    const [box] = (await hive.containers()).filter((one) => one.Labels['hive.agent'] === 'manager');
    const container = docker.getContainer(box?.Id ?? '');
    await (gone === 'kill' ? container.kill() : container.remove({ force: true }));
    await hive.event((event) => event.seq > from && event.kind === 'box.exited' && event.agent === 'manager');
    await hive.event((event) => event.seq > from && event.kind === 'box.started' && event.agent === 'manager');
    await answers('manager');
    await idle('manager');
  }
});

test('when hived ends, the boxes keep running; the next hived adopts them', async () => {
  const boxes = (await hive.containers()).map((box) => box.Id).sort();
  await hive.kill();
  await hive.start();
  expect((await hive.containers()).map((box) => box.Id).sort()).toEqual(boxes);
  await hive.event((event) => event.kind === 'box.adopted' && event.agent === 'scout');
  await answers('scout');
});
