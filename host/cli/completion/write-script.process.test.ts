import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { runProgram } from '../process/run-program.ts';
import { describeTree } from './describe-tree.ts';
import { writeScript } from './write-script.ts';

function exampleTree() {
  const program = new Command('hivectl').option('--json', 'in JSON');
  const provider = program.command('provider').description("providers' keys");
  provider.command('set').argument('PROVIDER');
  provider.command('ls');
  program
    .command('send')
    .argument('TO')
    .addOption(new Option('--kind <kind>', 'what').choices(['note', 'question']));
  const topics = program.command('topics').option('--of <name>', 'of an agent');
  topics.command('open').argument('TOPIC');
  program.command('stop').argument('NAME...').description('stop it').option('--now', 'at once');
  program.command('__agents', { hidden: true });
  return describeTree(program);
}

const STAND_IN = `#!/bin/sh
case "$1" in
  __agents) printf 'manager\\nscout\\n' ;;
  __topics) echo docs ;;
  __recipients) printf 'scout\\n@children\\n' ;;
esac
`;

/** bash's completions for these words, the last of which is being typed. */
async function complete(...words: string[]): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'hive-complete-'));
  try {
    await writeFile(join(dir, 'script'), writeScript('bash', exampleTree()));
    // Replaces hivectl, which the script calls for agents' names.
    await writeFile(join(dir, 'hivectl'), STAND_IN, { mode: 0o755 });
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const { output } = await runProgram('bash', {
      args: [
        '-c',
        `source ${dir}/script; COMP_WORDS=(hivectl ${quoted}); COMP_CWORD=${words.length}; _hivectl; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ],
      env: { PATH: `${dir}:/usr/bin:/bin` },
      signal: new AbortController().signal,
    });
    return output.trim().split('\n');
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('bash completes commands, subcommands, options and agents, in a real bash', async () => {
  expect(await complete('')).toEqual(['provider', 'send', 'topics', 'stop']);
  expect(await complete('pro')).toEqual(['provider']);
  expect(await complete('provider', '')).toEqual(['set', 'ls']);
  expect(await complete('stop', 's')).toEqual(['scout']);
  expect(await complete('stop', 'scout', '--n')).toEqual(['--now']);
  expect(await complete('send', '')).toEqual(['scout', '@children']);
  expect(await complete('send', '--kind', '')).toEqual(['note', 'question']);
  expect(await complete('topics', '--of', 'm')).toEqual(['manager']);
  expect(await complete('topics', 'open', '')).toEqual(['docs']);
});

test('each shell gets every command', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = writeScript(shell, exampleTree());
    for (const word of ['provider', 'set', 'stop']) expect(script).toContain(word);
    expect(script).toContain('hivectl __agents');
  }
});
