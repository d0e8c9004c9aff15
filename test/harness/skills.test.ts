/** Skills that the operator puts into the hive's directory, as an agent's model sees them. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HarnessBed, openHarnessBed, waitFor } from './start-harness.ts';

let bed: HarnessBed;

beforeEach(async () => {
  bed = await openHarnessBed();
});
afterEach(() => bed.close());

async function put(name: string, description: string): Promise<void> {
  const dir = join(bed.home, 'skills', name);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'SKILL.md'), `---\nname: ${name}\ndescription: ${description}\n---\nDo so.\n`);
}
/** The system prompt of the request for the next turn. */
async function nextPrompt(body: string): Promise<string> {
  const before = bed.hived.finishes.length;
  bed.hived.deliver(body);
  await waitFor(() => bed.hived.finishes.length > before, `a finished turn\n${bed.log()}`);
  expect(bed.hived.finishes.at(-1)?.outcome).toBe('done');
  return (bed.requests.at(-1)?.body.system ?? []).map(({ text }) => text).join('\n');
}

test('a skill is told from the next turn on, in the same conversation, and no more when it is gone', async () => {
  await bed.start();
  expect(await nextPrompt('one')).not.toContain('# Skills');
  await put('greeting', 'How this hive greets.');
  await mkdir(join(bed.home, 'skills/odd'));
  await writeFile(join(bed.home, 'skills/odd/SKILL.md'), 'no head');
  const told = await nextPrompt('two');
  expect(told).toContain(`read ${join(bed.home, 'skills')}/NAME/SKILL.md.\n- greeting: How this hive greets.`);
  expect(told).not.toContain('- odd');
  expect(bed.log()).toContain('the skill "odd" is not offered: SKILL.md begins with no head');
  const [first, second] = bed.hived.finishes;
  expect(second?.sessionId).toBe(first?.sessionId);
  await rm(join(bed.home, 'skills/greeting'), { recursive: true });
  expect(await nextPrompt('three')).not.toContain('# Skills');
});

test('while skills stay as they are, the process of the CLI stays, too', async () => {
  await put('greeting', 'How this hive greets.');
  await bed.start();
  for (const body of ['one', 'two']) expect(await nextPrompt(body)).toContain('- greeting: How this hive greets.');
  expect(bed.hived.events.filter(({ kind }) => kind === 'cli.started')).toHaveLength(1);
});
