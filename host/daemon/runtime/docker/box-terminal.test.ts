import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { expect, test, vi } from 'vitest';
import { openBoxTerminal, runInBox } from './box-terminal.ts';

const PLAN = { argv: ['sh'], env: {}, cols: 80, rows: 24 };

function answerLater() {
  let resolve: (stream: PassThrough) => void = () => undefined;
  const promise = new Promise<PassThrough>((done) => (resolve = done));
  return { promise, resolve: (stream: PassThrough) => resolve(stream) };
}

/** An engine with one program, whose answers are the test's. */
function openEngine(answers: { start: () => Promise<unknown>; resize?: () => Promise<unknown> }) {
  const exec = {
    id: 'x',
    resize: async () => undefined,
    inspect: async () => ({ Running: false, ExitCode: 0 }),
    ...answers,
  };
  return {
    docker: { getExec: () => exec } as unknown as Docker,
    container: { exec: async () => exec } as unknown as Docker.Container,
  };
}

test('a terminal whose start took too long is ended when the engine answers after all', async () => {
  const start = answerLater();
  const { docker, container } = openEngine({ start: () => start.promise });
  await expect(openBoxTerminal(docker, container, { ...PLAN, startMs: 1 })).rejects.toMatchObject({
    code: 'engine_unavailable',
  });
  const late = new PassThrough();
  start.resolve(late);
  await vi.waitFor(() => expect(late.destroyed).toBe(true));
});

test('an engine that never answers a size does not keep the terminal from opening', async () => {
  const stream = new PassThrough();
  const { docker, container } = openEngine({ start: async () => stream, resize: () => new Promise(() => undefined) });
  const terminal = await openBoxTerminal(docker, container, { ...PLAN, sizeMs: 1 });
  expect(terminal.stream).toBe(stream);
  stream.destroy();
});

test('a program that was started after its deadline is left, not waited for', async () => {
  const start = answerLater();
  const { container } = openEngine({ start: () => start.promise });
  await expect(runInBox(container, { argv: ['sh'], timeoutMs: 1 })).rejects.toMatchObject({
    code: 'engine_unavailable',
  });
  const late = new PassThrough();
  start.resolve(late);
  await vi.waitFor(() => expect(late.destroyed).toBe(true));
});
