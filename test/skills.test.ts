/**
 * What hived keeps in the forge and takes from it: skills, and the declared state (both are off in the hives of other tests).
 * Skills in boxes. Vulnerability: a text that every agent is told to follow must not be writable for any of them.
 * Scenario: an agent tries to change a skill, to add one, and to put one where its CLI would look for its own. Verified:
 * the directory is read-only, and what the operator wrote is what all agents are told.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from './support/test-hive.ts';

let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({
    agents: ['manager'],
    config: { skills: { from_docs: true }, forge: { keep_config: true } },
  });
  await hive.start();
});
afterAll(() => hive.close());

/** The results of the tools that a message makes an agent call. */
async function run(body: string): Promise<string> {
  const { id } = await hive.admin.call('send', { to: 'manager', body });
  const { data } = await hive.event(
    ({ kind, data: end }) => kind === 'turn.finished' && (end['messages'] as number[]).includes(id),
  );
  // What a turn did may come after its end.
  const result = await hive.event(({ kind, data: did }) => kind === 'turn.tool_result' && did['turn'] === data['turn']);
  return JSON.stringify(result.data);
}

test('a skill put into a running hive is readable in the box, told by hivectl prompt, and writable for no agent', async () => {
  expect(await run('@Bash {"command":"ls /opt/skills | wc -l"}')).toContain('"text":"0');
  const dir = join(hive.root, 'skills/greeting');
  await mkdir(dir, { recursive: true });
  const text = '---\nname: greeting\ndescription: How this hive greets.\n---\nSay ZEBRA.\n';
  await writeFile(join(dir, 'SKILL.md'), text, { mode: 0o644 });
  const attack = [
    'cat /opt/skills/greeting/SKILL.md',
    'echo evil >> /opt/skills/greeting/SKILL.md',
    'mkdir /opt/skills/evil',
    'mv /opt/skills /tmp/s',
    'mount -o remount,rw /opt/skills',
    'echo ended',
  ];
  const said = await run(`@Bash ${JSON.stringify({ command: attack.join('; ') })}`);
  expect(said).toContain('Say ZEBRA.');
  expect(said).toContain('Read-only file system');
  expect(said).toContain('ended');
  const { stdout } = await hive.hivectl(['prompt', 'manager']);
  expect(stdout).toContain('/opt/skills/NAME/SKILL.md.\n- greeting: How this hive greets.');
  expect(stdout).not.toContain('evil');
});

test('a skill that the manager adds to shared/docs is in running boxes at once, read-only, and named with its commit', async () => {
  const text = '---\\nname: zebra\\ndescription: How to be striped.\\n---\\nSay STRIPES.\\n';
  const adding = [
    'cd && git clone -q http://127.0.0.1:7002/shared/docs.git docs && cd docs && mkdir skills/zebra',
    `printf -- '${text}' > skills/zebra/SKILL.md && git add . && git commit -q -m zebra && git push -q && echo pushed`,
  ];
  expect(await run(`@Bash ${JSON.stringify({ command: adding.join(' && ') })}`)).toContain('pushed');
  const { data } = await hive.event(
    ({ kind, data: made }) => kind === 'skills.changed' && (made['skills'] as string[]).includes('zebra'),
  );
  const attack = [
    'cat /opt/docs-skills/now/zebra/SKILL.md',
    'echo evil >> /opt/docs-skills/now/zebra/SKILL.md',
    'ln -sfn /tmp /opt/docs-skills/now',
    'echo ended',
  ];
  const said = await run(`@Bash ${JSON.stringify({ command: attack.join('; ') })}`);
  expect(said).toContain('Say STRIPES.');
  expect(said).toContain('Read-only file system');
  expect(said).toContain('ended');
  const { stdout } = await hive.hivectl(['prompt', 'manager']);
  expect(stdout).toContain('/opt/docs-skills/now/NAME/SKILL.md.\n- ship-a-change: How a change gets');
  expect(stdout).toContain('- zebra: How to be striped.');
  expect(stdout).toContain(`Skill "zebra": of shared/docs at ${String(data['commit'])}.`);
});

test('a changed spec is a commit of hive/config by whoever made it', async () => {
  await hive.hivectl(['edit', 'manager', '--prompt', 'Count to seven first.']);
  const shown = async () => (await hive.hivectl(['forge', 'show', 'hive/config'])).stdout;
  await expect.poll(shown).toContain('manager changed: prompt, by hivectl');
});
