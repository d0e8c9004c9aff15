import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// Real git in a box, through the harness's relay and the agent's socket, to the forge.
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive();
  await hive.start();
  await hive.allIdle();
});
afterAll(() => hive.close());

const FORGE = 'http://127.0.0.1:7002';
const sh = (agent: string, script: string) => hive.inBox(agent, ['sh', '-ec', script]);
const IDENTITY = 'git config --global user.name scout; git config --global user.email scout@hive.local;';

test('an agent pushes a new repository, and the hive reports it', async () => {
  const pushed = await sh(
    'scout',
    `${IDENTITY} cd /tmp && git init -q -b main tool && cd tool && echo hi > README && git add . && git commit -qm first && git push -q ${FORGE}/scout/tool.git main && echo PUSHED`,
  );
  expect(pushed.output).toContain('PUSHED');
  const event = await hive.event((one) => one.kind === 'forge.pushed' && one.data['repo'] === 'scout/tool');
  expect(event).toMatchObject({ agent: 'scout', data: { by: 'scout', refs: [{ ref: 'refs/heads/main' }] } });
  const listed = await hive.hivectl(['forge', 'ls']);
  expect(listed.stdout).toContain('scout/tool');
});

test('an agent makes a repository with a tool, pushes to it, and the operator sees it', async () => {
  // The demo model calls the tool that the prompt names: the real CLI calls the harness, the harness the forge.
  await hive.hivectl(['send', 'scout', '@create_repo {"name":"made","description":"by a tool"}']);
  await hive.event((one) => one.kind === 'forge.repo_created' && one.data['repo'] === 'scout/made');
  const pushed = await sh(
    'scout',
    `${IDENTITY} cd /tmp && git init -q -b main made && cd made && echo hi > README && git add . && git commit -qm first && git push -q ${FORGE}/scout/made.git main && echo PUSHED`,
  );
  expect(pushed.output).toContain('PUSHED');
  await hive.hivectl(['send', 'scout', '@repo {"owner":"scout","name":"made"}']);
  const seen = await hive.event(
    (one) =>
      one.kind === 'turn.tool_result' && one.agent === 'scout' && String(one.data['text']).includes('scout/made'),
  );
  expect(seen).toMatchObject({ data: { ok: true } });
  const shown = await hive.hivectl(['forge', 'show', 'scout/made']);
  expect(shown.stdout).toMatch(/by a tool[\s\S]*main[\s\S]*first/);
});

test('shared/docs is read by all and written by the manager only; the refusal is readable', async () => {
  const refused = await sh(
    'scout',
    `cd /tmp && git clone -q ${FORGE}/shared/docs.git docs && cd docs && echo mine > x && git add . && git commit -qm x && git push origin HEAD 2>&1 || echo REFUSED`,
  );
  expect(refused.output).toContain('REFUSED');
  expect(refused.output).toMatch(/only the manager and the operator/i);
  const allowed = await sh(
    'manager',
    `git config --global user.name m; git config --global user.email m@hive.local; cd /tmp && git clone -q ${FORGE}/shared/docs.git docs && cd docs && echo runbook > runbook.md && git add . && git commit -qm runbook && git push -q origin HEAD && echo PUSHED`,
  );
  expect(allowed.output).toContain('PUSHED');
  expect(
    (await sh('scout', `cd /tmp && git clone -q ${FORGE}/shared/docs.git again && cat again/runbook.md`)).output,
  ).toContain('runbook');
});

test('another agent’s repositories do not exist for it', async () => {
  const denied = await sh('scout', `git ls-remote ${FORGE}/manager/secret.git 2>&1 || echo DENIED`);
  expect(denied.output).toContain('DENIED');
});

test('the operator clones and pushes with hivectl', async () => {
  const cloned = await hive.hivectl(['forge', 'git', 'clone', '-q', 'hive:shared/docs', `${hive.root}/clone`]);
  expect(cloned).toMatchObject({ code: 0 });
});
