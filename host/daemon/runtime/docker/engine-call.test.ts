import { describe, expect, test } from 'vitest';
import { HiveError } from '../../../../protocol/errors.ts';
import { callEngine, isStatus, translateEngineError } from './engine-call.ts';
import { parseLogs } from './parse-logs.ts';

const refusal = (statusCode: number, message: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode})`), { statusCode, json: { message } });
const socketError = (code: string) => Object.assign(new Error(code), { code });

describe('an engine failure', () => {
  test.each([
    [socketError('ECONNREFUSED'), 'engine_unavailable'],
    [socketError('ENOENT'), 'engine_unavailable'],
    [socketError('EACCES'), 'engine_unavailable'],
    [new Error('socket hang up'), 'engine_unavailable'],
    [refusal(404, 'No such image: x:latest'), 'image_missing'],
    [refusal(404, 'No such container: abc'), 'engine_error'],
    [refusal(500, 'write /var/lib/docker/x: no space left on device'), 'engine_error'],
  ])('%s is %s', (error, code) => {
    expect(translateEngineError(error, 1_000).code).toBe(code);
  });

  test("the engine's own message is passed on, a full disk is recognised, and the status is still available", () => {
    const full = translateEngineError(refusal(500, 'write /x: no space left on device'), 1_000);
    expect(full.message).toBe(
      "The container engine refused: no space left on the engine's disk (write /x: no space left on device)",
    );
    expect(isStatus(full, 500)).toBe(true);
    expect(isStatus(full, 404)).toBe(false);
  });

  test('accepted statuses give null; a deadline holds whatever the call does', async () => {
    expect(await callEngine({ timeoutMs: 1_000, fine: [304] }, () => Promise.reject(refusal(304, '')))).toBeNull();
    const late = callEngine({ timeoutMs: 20 }, () => new Promise(() => {}));
    await expect(late).rejects.toBeInstanceOf(HiveError);
    await expect(late).rejects.toMatchObject({
      code: 'engine_unavailable',
      message: expect.stringContaining('within 0.02 s'),
    });
  });
});

describe('parseLogs', () => {
  const frame = (stream: number, text: string) => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };

  test('splits frames, with times; a truncated frame is not an error', () => {
    const raw = Buffer.concat([
      frame(1, '2026-01-02T03:04:05.678901234Z one é\n'),
      frame(2, '2026-01-02T03:04:06Z \n'),
      frame(1, 'rest of a line'),
    ]);
    expect(parseLogs(raw)).toEqual([
      { at: Date.parse('2026-01-02T03:04:05.678Z'), text: 'one é' },
      { at: Date.parse('2026-01-02T03:04:06Z'), text: '' },
      { at: null, text: 'rest of a line' },
    ]);
    expect(parseLogs(raw.subarray(0, -4)).at(-1)).toEqual({ at: null, text: 'rest of a ' });
    expect(parseLogs(Buffer.alloc(0))).toEqual([]);
  });
});
