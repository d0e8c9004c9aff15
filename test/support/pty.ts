import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { PATIENCE_MS } from './patience.ts';

/** A program in a terminal. */
export interface Pty {
  /** All that the terminal got so far. */
  shown(): string;
  type(text: string): void;
  resize(rows: number, cols: number): void;
  /** Waits until the terminal has got a text that matches, after the characters that were there at `from`. */
  waitFor(pattern: RegExp, from?: number): Promise<RegExpExecArray>;
  /** Its exit code, and whether it left the terminal's settings as they were. */
  readonly ended: Promise<{ code: number; same: boolean }>;
  kill(): void;
}

/** Runs a program in a terminal of 24 rows and 80 columns. */
export function runInPty(argv: readonly string[], env: NodeJS.ProcessEnv): Pty {
  const child = spawn('python3', ['-B', join(import.meta.dirname, 'run_in_pty.py'), ...argv], { env });
  let shown = '';
  let report = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (report += text));
  const order = (one: object) => child.stdin.write(`${JSON.stringify(one)}\n`);
  let isOver = false;
  const ended = new Promise<{ code: number; same: boolean }>((resolve, reject) => {
    child.once('close', () => {
      isOver = true;
      try {
        resolve(JSON.parse(report) as { code: number; same: boolean });
      } catch {
        reject(new Error(`the terminal ended: ${report}`));
      }
    });
  });
  ended.catch(() => undefined);
  return {
    shown: () => shown,
    type: (text) => order({ type: text }),
    resize: (rows, cols) => order({ size: [rows, cols] }),
    async waitFor(pattern, from = 0) {
      let found: RegExpExecArray | null = null;
      await expect
        .poll(
          () => {
            found = pattern.exec(shown.slice(from));
            if (found === null && isOver)
              throw new Error(`the program ended: ${shown.slice(from).slice(-2_000)} ${report}`);
            return found === null ? shown.slice(from).slice(-2_000) : 'found';
          },
          { timeout: PATIENCE_MS, interval: 50 },
        )
        .toBe('found');
      return found!;
    },
    ended,
    kill: () => child.kill('SIGTERM'),
  };
}
