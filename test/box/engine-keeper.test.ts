import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import { pathOf } from './engine-under-test.ts';
import { createDockerRuntime } from '../../host/daemon/runtime/docker/docker-runtime.ts';
import { keepEngine } from '../../host/daemon/runtime/docker/engine-keeper.ts';
import type { Runtime } from '../../host/daemon/runtime/runtime.ts';
import { planBox } from '../../host/daemon/runtime/runtime-contract.ts';
import { layOutPrivateEngine, type PrivateEngine } from './private-engine.ts';

const TAG = 'tiny:latest';
/** dockerd is up after 3 to 8 s on an idle machine. */
const UP = { interval: 100 };

// A dockerd of the test's own: the machine's is never touched.
describe.skipIf(process.getuid?.() !== 0)('engine keeper (needs root)', () => {
  let engine: PrivateEngine;
  let runtime: Runtime;
  const lost: string[] = [];
  const back: number[] = [];
  const said: string[] = [];
  const keeping = new AbortController();
  let kept: Promise<void>;

  beforeAll(async () => {
    engine = await layOutPrivateEngine();
    runtime = createDockerRuntime({ socketPath: engine.socketPath, hiveId: randomUUID(), pathOf });
    kept = keepEngine(
      {
        runtime,
        socketPath: engine.socketPath,
        mayStart: true,
        args: engine.args,
        logFile: engine.logFile,
        onLost: (reason) => lost.push(reason),
        onBack: (awayMs) => back.push(awayMs),
        log: (line) => said.push(line),
      },
      keeping.signal,
    );
  });

  afterAll(async () => {
    keeping.abort();
    await kept;
    await engine.dispose();
  });

  test('starts an engine where there is none, and reports it', async () => {
    await expect.poll(() => back.length, UP).toBe(1);
    expect(lost).toEqual(['The container engine does not answer. Start it, or run "hivectl doctor".']);
    expect(await runtime.ping()).toMatchObject({ ok: true });
    expect(said.join('\n')).toMatch(/dockerd started as process \d+/);
    await engine.importTinyImage(TAG);
  });

  test('restarts it after kill -9; a box keeps running as the same process, and is reported so', async () => {
    const box = await runtime.create(
      planBox({ image: TAG }, 'while :; do echo alive; sleep 0.2; done', { agent: 'survivor' as AgentName }),
    );
    await runtime.start(box);
    const before = await runtime.inspect(box);
    const ended: string[] = [];
    const watchLost = new Promise<string>((onLost) => {
      runtime.watch({ onChange: ({ agent }) => ended.push(agent), onLost }, keeping.signal);
    });

    const killed = await engine.kill();
    await watchLost;
    await expect(runtime.list()).rejects.toMatchObject({ code: 'engine_unavailable' });
    await expect.poll(() => back.length, UP).toBe(2);

    expect(lost).toHaveLength(2);
    expect(back[1]).toBeGreaterThan(2_000);
    expect(await engine.pid()).not.toBe(killed);
    expect(await runtime.inspect(box)).toEqual(before);
    expect(ended).toEqual([]);
    // It is more than a record: its process lives, and can be stopped.
    const lines = (await runtime.logs(box, 10_000)).length;
    await expect.poll(async () => (await runtime.logs(box, 10_000)).length).toBeGreaterThan(lines);
    await runtime.stop(box, 1_000);
    expect(await runtime.inspect(box)).toMatchObject({ state: 'exited' });
    const again = await runtime.create(
      planBox({ image: TAG }, 'exit 4', { agent: 'survivor' as AgentName, generation: 2 }),
    );
    await runtime.start(again);
    await expect.poll(async () => (await runtime.inspect(again))?.end?.exitCode).toBe(4);
  });

  test('pid files that name unrelated processes do not keep it from starting', async () => {
    await engine.kill();
    await writeFile(join(engine.dir, 'docker.pid'), String(process.pid));
    await writeFile(join(engine.dir, 'exec/containerd/containerd.pid'), String(process.pid));
    await expect.poll(() => back.length, UP).toBe(3);
    expect(await runtime.list()).toHaveLength(2);
    expect(Number(await readFile(join(engine.dir, 'docker.pid'), 'utf8'))).not.toBe(process.pid);
  });
});
