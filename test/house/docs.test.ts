import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeTree } from '../../host/cli/completion/describe-tree.ts';
import type { CliContext } from '../../host/cli/context.ts';
import { createProgram } from '../../host/cli/program.ts';
import { ERROR_CODES, errorRow } from '../../protocol/errors.ts';
import { TOP } from './sources.ts';

const page = readFileSync(join(TOP, 'docs/hivectl.md'), 'utf8');

describe('docs/hivectl.md', () => {
  test('names every command and every option', () => {
    const tree = describeTree(createProgram({ io: { stdout: process.stdout } } as unknown as CliContext));
    const missing = tree
      .filter((node) => node.path.length > 0 && node.subcommands.length === 0)
      .flatMap((node) => [
        ...(page.includes(`hivectl ${node.path.join(' ')}`) ? [] : [node.path.join(' ')]),
        ...node.options
          .filter(({ flag }) => !['--help', '--json'].includes(flag))
          .filter(({ flag, short }) => !page.includes(flag) && !(short !== null && page.includes(`[${short}`)))
          .map(({ flag }) => `${node.path.join(' ')} ${flag}`),
      ]);
    expect(missing).toEqual([]);
  });

  test('has every error under its exit code', () => {
    const wrong = ERROR_CODES.filter((code) => {
      const row = page.split('\n').find((line) => line.startsWith(`| ${errorRow(code).exit} |`));
      return row?.includes(`\`${code}\``) !== true;
    });
    expect(wrong).toEqual([]);
  });
});

test('each decision record has a number of its own, which its title repeats', () => {
  const files = readdirSync(join(TOP, 'docs/decisions'));
  const numbers = files.map((file) => Number(file.slice(0, 4)));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(files.map((_, index) => index + 1));
  for (const file of files)
    expect(readFileSync(join(TOP, 'docs/decisions', file), 'utf8')).toMatch(
      RegExp(`^# ${Number(file.slice(0, 4))}\\. `),
    );
});
