import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followSkills } from './follow-skills.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'skills-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const dirs = () => ({ operator: join(dir, 'own'), docs: join(dir, 'docs/now') });

function put(name: string, text: string, source: 'operator' | 'docs' = 'operator'): void {
  const place = join(dirs()[source], name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'SKILL.md'), text);
}
const head = (description: string) => `---\ndescription: ${description}\n---\nDo so.\n`;

test('a change is a further skill, another description, or one less; the text after the head is none', async () => {
  const skills = followSkills(dirs(), () => undefined);
  expect(await skills.readAgain()).toBe(false);
  put('greeting', head('How to greet.'));
  expect(await skills.readAgain()).toBe(true);
  expect(skills.offered()).toEqual([{ name: 'greeting', description: 'How to greet.', from: 'operator' }]);
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
  const skills = followSkills(dirs(), (line) => lines.push(line));
  put('odd', 'no head');
  for (let n = 0; n < 2; n += 1) expect(await skills.readAgain()).toBe(false);
  expect(lines).toEqual([expect.stringContaining('the skill "odd" is not offered: SKILL.md begins with no head')]);
  put('odd', head('x'.repeat(1_025)));
  await skills.readAgain();
  expect(lines).toHaveLength(2);
});

test("the docs' skills are offered besides, in the generation that the link leads to", async () => {
  const skills = followSkills(dirs(), () => undefined);
  put('greeting', head('How to greet.'));
  for (const [generation, description] of [
    ['one', 'How to ship.'],
    ['two', 'How to ship it.'],
  ] as const) {
    const home = join(dir, 'docs', generation, 'shipping');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'SKILL.md'), head(description));
  }
  const described = () => skills.offered().map(({ from, description }) => [from, description]);
  for (const [generation, description] of [
    ['one', 'How to ship.'],
    ['two', 'How to ship it.'],
  ] as const) {
    symlinkSync(generation, join(dir, 'docs/link'));
    renameSync(join(dir, 'docs/link'), dirs().docs);
    expect(await skills.readAgain()).toBe(true);
    expect(described()).toEqual([
      ['operator', 'How to greet.'],
      ['docs', description],
    ]);
  }
});
