import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';
import type { ProjectName } from '../../../protocol/names.ts';
import { changeProjects, sayWhen } from './edit.ts';

const name = 'scout' as AgentName;
const running = { name, desired: 'running' } as const;

test.each([
  [['prompt', 'model'], 'It has effect from its next turn on.'],
  [['limits.diskMb'], 'It has effect now.'],
  [['limits.memoryMb'], 'Its box has it after a rebuild. Rebuild it now: hivectl rebuild scout'],
  [
    ['model', 'limits.memoryMb'],
    'Its next turn has model; its box has limits.memoryMb after a rebuild. Rebuild it now: hivectl rebuild scout',
  ],
])('a change of %j says when it takes effect', (changed, said) => {
  expect(sayWhen(running, changed)).toBe(said);
});

test('a stopped agent needs no rebuild: its start makes a new box', () => {
  expect(sayWhen({ name, desired: 'stopped' }, ['model', 'image'])).toBe('It has effect when the agent is started.');
  expect(sayWhen({ name, desired: 'stopped' }, ['limits.diskFiles'])).toBe('It has effect now.');
});

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

describe('edit', () => {
  const before = agentView('scout', {});
  test('sends the given fields, with a prompt from a file or from stdin, and says when the box has them', async () => {
    const given: unknown[] = [];
    const stand = await openStandInHive({
      changeAgent: (input) => {
        given.push(input.spec);
        return { agent: before, changed: Object.keys(input.spec) };
      },
    });
    hive = stand;
    const file = join(stand.dir, 'prompt.md');
    await writeFile(file, 'Look twice.\n');
    const ran = await runHivectl(stand.socket, ['edit', 'scout', '--memory', '4096', '--prompt-file', file]);
    await runHivectl(stand.socket, ['edit', 'scout', '--prompt', '-'], { stdin: Buffer.from('From a pipe.') });
    expect(given).toEqual([{ prompt: 'Look twice.', limits: { memoryMb: 4096 } }, { prompt: 'From a pipe.' }]);
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('after a rebuild') });
  });

  test('takes the notices that start a turn as kinds or as a word, and names the kinds in the error', async () => {
    const given: unknown[] = [];
    hive = await openStandInHive({
      changeAgent: (input) => {
        given.push(input.spec);
        return { agent: before, changed: ['wakeFor'] };
      },
    });
    const edit = (kinds: string) => runHivectl(hive!.socket, ['edit', 'scout', '--wake-for', kinds]);
    expect((await edit('timer,disk')).out).toContain('It has effect now.');
    await edit('none');
    expect(given).toEqual([{ wakeFor: ['disk', 'timer'] }, { wakeFor: [] }]);
    expect((await edit('disks')).err).toContain(
      '--wake-for is all, none, default or a list of rebuild, given_up, question, disk, review, pull_ended, check_failed, expired, timer; not "disks".',
    );
  });
});

test('a project that was taken out in the editor is left', () => {
  expect(
    changeProjects(
      { ['web' as ProjectName]: 'write', ['docs' as ProjectName]: 'read' },
      { ['docs' as ProjectName]: 'merge' },
    ),
  ).toEqual({
    web: 'none',
    docs: 'merge',
  });
  expect(changeProjects({ ['web' as ProjectName]: 'write' }, undefined)).toEqual({ web: 'none' });
});
