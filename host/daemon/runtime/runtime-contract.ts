import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { Place } from '../node/place.ts';
import type { BoxPlan, BoxRef, BoxStatus, Runtime } from './runtime.ts';

/** A runtime under test, with everything the contract suite needs. */
export interface ContractSubject {
  makeRuntime(hiveId: string): Runtime;
  /** An image with a POSIX shell and coreutils. */
  readonly image: string;
  /** A directory that may be mounted. */
  readonly dir: string;
  /** The place that the created runtimes resolve to a path. */
  placeAt(path: string): Place;
}

/** A plan for tests to vary. /bin/sh runs `script`. */
export function planBox(
  subject: Pick<ContractSubject, 'image'>,
  script: string,
  change: Partial<BoxPlan> = {},
): BoxPlan {
  return {
    agent: 'tester' as AgentName,
    generation: 1,
    image: subject.image,
    uid: 54_321,
    gid: 54_321,
    groups: [],
    limits: { memoryMb: 256, cpus: 1, pids: 64, tmpMb: 16, diskMb: 0, diskFiles: 0 },
    argv: ['/bin/sh', '-c', script],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    workdir: '/tmp',
    mounts: [],
    fingerprint: 'f1',
    cli: null,
    ...change,
  };
}

const FOREVER = "trap 'exit 0' TERM; echo trapped; while :; do sleep 0.1; done";
const GRACE_MS = 5_000;

/** Test support: the contract suite of the interface. Every runtime's own test calls this. */
export function describeRuntime(name: string, subject: ContractSubject): void {
  const hiveId = randomUUID();
  const runtime = subject.makeRuntime(hiveId);
  let generation = 0;
  const make = (script: string, change: Partial<BoxPlan> = {}) => {
    generation += 1;
    return runtime.create(planBox(subject, script, { generation, ...change }));
  };
  const run = async (script: string, change: Partial<BoxPlan> = {}) => {
    const box = await make(script, change);
    await runtime.start(box);
    return box;
  };
  const runToEnd = async (script: string, change: Partial<BoxPlan> = {}) => {
    const box = await run(script, change);
    return { box, status: await waitForState(runtime, box, 'exited') };
  };
  const linesOf = async (box: BoxRef) => (await runtime.logs(box, 100)).map((line) => line.text);

  describe(`${name} runtime`, () => {
    afterAll(async () => {
      for (const box of await runtime.list()) await runtime.destroy(box);
      expect(await runtime.list()).toEqual([]);
    });

    test('reports whether it answers, and which images it has', async () => {
      expect(await runtime.ping()).toMatchObject({ ok: true, version: expect.any(String) });
      expect(await runtime.hasImage(subject.image)).toBe(true);
      expect(await runtime.hasImage('hyperhive/no-such-image:1')).toBe(false);
    });

    test('a created box does not run yet; started, it runs until it is stopped', async () => {
      const before = Date.now();
      const box = await make(FOREVER, { fingerprint: 'abc', cli: 'alpha@1.2.3' });
      expect(await runtime.inspect(box)).toEqual({
        ...box,
        state: 'created',
        fingerprint: 'abc',
        cli: 'alpha@1.2.3',
        madeAt: expect.any(Number),
        end: null,
      });
      await runtime.start(box);
      const running = await runtime.inspect(box);
      expect(running).toMatchObject({ state: 'running', end: null });
      expect(running?.madeAt).toBeGreaterThan(before - 5_000);
      expect((await runtime.list()).find(({ id }) => id === box.id)).toEqual(running);
      await runtime.start(box);
      await expect.poll(() => linesOf(box)).toContain('trapped');
      await runtime.stop(box, GRACE_MS);
      const exited = await runtime.inspect(box);
      expect(exited).toMatchObject({ state: 'exited', end: { exitCode: 0, oomKilled: false, memoryMb: 256 } });
      expect((await runtime.list()).find(({ id }) => id === box.id)).toEqual(exited);
      await runtime.stop(box, GRACE_MS);
    });

    test('a box that ignores SIGTERM is killed after its grace period', async () => {
      const box = await run("trap '' TERM; echo trapped; while :; do sleep 0.1; done");
      await expect.poll(() => linesOf(box)).toContain('trapped');
      await runtime.stop(box, 1_000);
      expect(await runtime.inspect(box)).toMatchObject({ state: 'exited', end: { exitCode: 137 } });
    });

    test('the same agent and generation is the same box', async () => {
      const first = await make(FOREVER);
      const again = await runtime.create(
        planBox(subject, FOREVER, { generation: first.generation, fingerprint: 'other' }),
      );
      expect(again).toEqual(first);
      expect((await runtime.inspect(first))?.fingerprint).toBe('f1');
    });

    test('a stopped box can be started again', async () => {
      const { box } = await runToEnd('exit 3');
      await runtime.start(box);
      expect((await waitForState(runtime, box, 'exited')).end?.exitCode).toBe(3);
    });

    test('a destroyed box is gone, running or not, and may be destroyed again', async () => {
      const box = await run(FOREVER);
      await runtime.destroy(box);
      expect(await runtime.inspect(box)).toBeNull();
      await runtime.destroy(box);
      await runtime.stop(box, GRACE_MS);
      expect(await runtime.logs(box, 10)).toEqual([]);
    });

    test('the exit code is reported', async () => {
      expect((await runToEnd('exit 7')).status.end).toMatchObject({ exitCode: 7, oomKilled: false });
    });

    test('argv, environment and working directory arrive as they are, without a shell', async () => {
      const argv = [
        '/usr/bin/env',
        'A=$(id) "x" \'y\'',
        '/bin/sh',
        '-c',
        'printf "%s|" "$A" "$B" "$PWD" "$#" "$1"',
        'name',
        'a  b;c',
      ];
      const { box } = await runToEnd('', {
        argv,
        env: { PATH: '/usr/bin:/bin', B: '$HOME\ttab' },
        workdir: '/usr/lib',
      });
      expect(await linesOf(box)).toEqual(['$(id) "x" \'y\'|$HOME\ttab|/usr/lib|1|a  b;c|']);
    });

    test('logs are the newest lines of both streams, with their times', async () => {
      const { box } = await runToEnd(
        'for i in 1 2 3; do echo out$i; done; sleep 0.2; echo err >&2; echo "größe  2"; printf "no end"',
      );
      const lines = await runtime.logs(box, 4);
      // The two streams are not ordered against each other.
      expect(lines.map((line) => line.text).sort()).toEqual(['err', 'größe  2', 'no end', 'out3']);
      for (const line of lines) expect(Math.abs(Date.now() - (line.at ?? 0))).toBeLessThan(60_000);
    });

    test('the output of a box is followed from its beginning to its end, also of one that has ended', async () => {
      const script = 'echo one; while [ ! -e /tmp/go ]; do sleep 0.05; done; echo two >&2; printf "größe"';
      const box = await run(script);
      const seen: Buffer[] = [];
      const text = () => Buffer.concat(seen).toString();
      const following = (async () => {
        for await (const chunk of runtime.follow(box, new AbortController().signal)) seen.push(chunk);
      })();
      await expect.poll(text).toBe('one\n');
      await runtime.run(box, { argv: ['touch', '/tmp/go'], timeoutMs: GRACE_MS });
      await following;
      await waitForState(runtime, box, 'exited');
      const again: Buffer[] = [];
      for await (const chunk of runtime.follow(box, new AbortController().signal)) again.push(chunk);
      const whole = 'one\ntwo\ngröße';
      expect(Buffer.concat(again).toString()).toBe(whole);
      expect(whole.startsWith(text())).toBe(true);
    });

    test('following ends with its signal, and for a box that is gone', async () => {
      const box = await run(FOREVER);
      const stop = new AbortController();
      for await (const chunk of runtime.follow(box, stop.signal)) if (chunk.length > 0) stop.abort();
      await runtime.destroy(box);
      for await (const chunk of runtime.follow(box, new AbortController().signal)) expect(chunk).toBeUndefined();
    });

    test('orphans are reaped: no zombie stays', async () => {
      const { box } = await runToEnd(
        'for i in 1 2 3 4 5; do (sleep 0.1 & exec true) & done; wait; sleep 1; grep -l "^State:.Z" /proc/[0-9]*/status; echo "looked"',
      );
      expect(await linesOf(box)).toEqual(['looked']);
    });

    test('a missing image is reported as such and creates nothing', async () => {
      await expectCode(make('true', { image: 'hyperhive/no-such-image:1', generation: 900 }), 'image_missing');
      expect((await runtime.list()).map((box) => box.generation)).not.toContain(900);
    });

    test('a missing mount source is reported as such and creates nothing', async () => {
      const mounts = [{ place: subject.placeAt(join(subject.dir, 'not-there')), target: '/data', readOnly: true }];
      await expectCode(make('true', { mounts, generation: 901 }), 'runtime_failed');
      expect((await runtime.list()).map((box) => box.generation)).not.toContain(901);
    });

    test('a missing program is named: by a refusal, or by exit code 127 and the log', async () => {
      const box = await make('', { argv: ['/no/such/program'] });
      const refusal = await runtime.start(box).catch((error: unknown) => error);
      if (refusal === undefined) {
        expect((await waitForState(runtime, box, 'exited')).end?.exitCode).toBe(127);
        expect((await linesOf(box)).join('\n')).toContain('/no/such/program');
      } else {
        expect(refusal).toMatchObject({ code: 'engine_error', message: expect.stringContaining('/no/such/program') });
      }
    });

    test("lists its own boxes of every generation and nobody else's", async () => {
      const other = subject.makeRuntime(randomUUID());
      const foreign = await other.create(planBox(subject, FOREVER, { generation: 77 }));
      try {
        const mine = await make(FOREVER);
        const listed = await runtime.list();
        expect(listed.map((box) => box.id)).toContain(mine.id);
        expect(listed.map((box) => box.id)).not.toContain(foreign.id);
        expect((await other.list()).map((box) => box.id)).toEqual([foreign.id]);
        expect(await runtime.inspect(foreign)).toBeNull();
      } finally {
        await other.destroy(foreign);
      }
    });

    test('reports when a box starts and ends, and is silent after the signal', async () => {
      const seen: string[] = [];
      const lost: string[] = [];
      const watching = new AbortController();
      runtime.watch(
        { onChange: ({ agent }) => seen.push(agent), onLost: (reason) => lost.push(reason) },
        watching.signal,
      );
      // The stream does not signal when it has begun, so boxes are started until one is reported.
      let box = await run('true', { agent: 'watched' as AgentName });
      await expect
        .poll(
          async () => {
            if (seen.length === 0) box = await run('true', { agent: 'watched' as AgentName });
            return seen.length;
          },
          { interval: 500 },
        )
        .toBeGreaterThan(0);
      const long = await run(FOREVER, { agent: 'stopped-one' as AgentName });
      await expect.poll(() => seen.filter((agent) => agent === 'stopped-one').length).toBe(1);
      await runtime.stop(long, GRACE_MS);
      await expect.poll(() => seen.filter((agent) => agent === 'stopped-one').length).toBe(2);
      watching.abort();
      seen.length = 0;
      await runtime.start(long);
      await runtime.destroy(box);
      expect(seen).toEqual([]);
      expect(lost).toEqual([]);
    });
  });
}

/** Waits for a box to be in a state; fails when it is gone. */
export async function waitForState(runtime: Runtime, box: BoxRef, state: BoxStatus['state']): Promise<BoxStatus> {
  let found: BoxStatus | null = null;
  await expect
    .poll(
      async () => {
        found = await runtime.inspect(box);
        return found?.state;
      },
      { interval: 50 },
    )
    .toBe(state);
  if (found === null) throw new Error('the box is gone');
  return found;
}

async function expectCode(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await expect(promise).rejects.toMatchObject({ name: 'HiveError', code });
}
