import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followSkills } from './follow-skills.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'skills-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function put(name: string, text: string): void {
  mkdirSync(join(dir, name), { recursive: true });
  writeFileSync(join(dir, name, 'SKILL.md'), text);
}
const head = (description: string) => `---\ndescription: ${description}\n---\nDo so.\n`;

test('a change is a further skill, another description, or one less; the text after the head is none', async () => {
  const skills = followSkills(dir, () => undefined);
  expect(await skills.readAgain()).toBe(false);
  put('greeting', head('How to greet.'));
  expect(await skills.readAgain()).toBe(true);
  expect(skills.offered()).toEqual([{ name: 'greeting', description: 'How to greet.' }]);
  put('greeting', `${head('How to greet.')}Politely.`);
  expect(await skills.readAgain()).toBe(false);
  put('greeting', head('How to greet people.'));
  expect(await skills.readAgain()).toBe(true);
  rmSync(dir, { recursive: true });
  expect(await skills.readAgain()).toBe(true);
  expect(skills.offered()).toEqual([]);
});

test('what is no skill is logged once, and again for another reason', async () => {
  const lines: string[] = [];
  const skills = followSkills(dir, (line) => lines.push(line));
  put('odd', 'no head');
  for (let n = 0; n < 2; n += 1) expect(await skills.readAgain()).toBe(false);
  expect(lines).toEqual([expect.stringContaining('the skill "odd" is not offered: SKILL.md begins with no head')]);
  put('odd', head('x'.repeat(1_025)));
  await skills.readAgain();
  expect(lines).toHaveLength(2);
});
