import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { findAgent } from './store/agents.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';
import { destroyAgent } from './destroy.ts';
import { agentPlaces } from '../../node/agent-directories.ts';

const scout = 'scout' as AgentName;
const FILES = 1_500;
const attackers: { end(): Promise<unknown> }[] = [];
let hive: Awaited<ReturnType<typeof openTestFleet>>;
let victim: string;

// Vulnerability: root deletes a tree by path names while a process inside it swaps a directory with a link.
// Scenario: the attacker (another user that `chmod 777` admitted, or the owner of a directory of sockets) keeps its
// working directory there, and the agent is destroyed. Verified: nothing is lost from a directory of root's.
describe.skipIf(process.getuid?.() !== 0)('links swapped in while an agent is destroyed (needs root)', () => {
  beforeEach(async () => {
    hive = await openTestFleet();
    await hive.fleet.keepers.reconcileAll();
    victim = join(hive.places.root, 'victim');
    await mkdir(victim, { mode: 0o755 });
    for (let n = 0; n < FILES; n += 1) writeFileSync(join(victim, `f${n}`), '');
  }, 120_000);
  afterEach(async () => {
    await Promise.all(attackers.splice(0).map((attacker) => attacker.end()));
    await hive.close();
  }, 120_000);

  const places = () => agentPlaces(hive.places.node, scout);
  const owner = () => hive.users.agent(findAgent(hive.db, scout)?.id ?? 0);

  async function attack(how: 'triggered' | 'blind', from: { cwd: string; uid: number }): Promise<void> {
    const program = fileURLToPath(new URL('fixtures/swaps-directories.mjs', import.meta.url));
    const child = spawn(process.execPath, [program, how, victim, String(FILES)], {
      ...from,
      gid: from.uid,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    attackers.push({ end: () => (child.kill('SIGKILL'), ended) });
    await Promise.race([
      once(child.stdout, 'data'),
      ended.then(() => Promise.reject(new Error('the attacker ended early'))),
    ]);
  }

  async function destroyAndCheck(purge: string | undefined): Promise<void> {
    await destroyAgent(hive.destroy, scout, purge);
    await Promise.all(attackers.splice(0).map((attacker) => attacker.end()));
    expect(await readdir(victim)).toHaveLength(FILES);
    expect(await readdir(hive.places.node.agents)).not.toContain('scout');
    expect(await readdir(hive.places.node.sockets)).not.toContain('scout');
    await hive.trash.empty();
    expect(await readdir(hive.places.node.trash)).toEqual([]);
  }

  describe.each(['triggered', 'blind'] as const)('%s', (how) => {
    test('by another user, inside since the agent opened its files to everybody', async () => {
      await chmod(places().state, 0o777);
      await attack(how, { cwd: places().state, uid: hive.users.dashboard });
      await destroyAndCheck('scout');
    });

    test('by the agent’s own user, while its files are archived', async () => {
      await attack(how, { cwd: places().state, uid: owner() });
      await destroyAndCheck(undefined);
    });

    test.each(['gatewayDir', 'forgeDir'] as const)('by the owner of a directory of sockets (%s)', async (dir) => {
      const uid = (await stat(places()[dir])).uid;
      await attack(how, { cwd: places()[dir], uid });
      await destroyAndCheck('scout');
    });
  });

  test('files that others planted in an agent’s directories are deleted with it, whoever owns them', async () => {
    await chmod(places().state, 0o777);
    for (const [dir, uid] of [
      [places().state, hive.users.dashboard],
      [places().forgeDir, hive.users.gateway],
    ] as const) {
      const planted = join(dir, 'planted');
      await mkdir(join(planted, 'deep'), { recursive: true });
      await writeFile(join(planted, 'deep', 'file'), '');
      for (const path of [join(planted, 'deep', 'file'), join(planted, 'deep'), planted]) {
        await chown(path, uid, uid);
        await chmod(path, 0);
      }
    }
    await mkdir(join(places().gatewayDir, 'agent.sock'));
    await destroyAndCheck('scout');
  });

  test('an agent’s directories are closed to all other users, also those of an older hive', async () => {
    await chown(places().files, 0, 0);
    await chmod(places().files, 0o755);
    const { id } = findAgent(hive.db, scout) ?? { id: 0 };
    await hive.node.prepareAgent({ name: scout, id, pids: 512 });
    expect(await stat(places().files)).toMatchObject({ mode: 0o40750, uid: 0, gid: owner() });
  });
});
