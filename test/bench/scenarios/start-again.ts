import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { stringify } from 'yaml';
import { adminSurface } from '../../../protocol/operations/admin.ts';
import { connectSurface } from '../../../wire/client.ts';
import { findFreePort } from '../../support/free-port.ts';
import { TEST_TOOLCHAIN } from '../../support/test-clis.ts';
import { median, type Scenario } from '../figure.ts';
import { top } from '../places.ts';
import { timeProgram } from '../processes.ts';

const ROUNDS = 3;

/** `npm start` as an operator types it, on a root that an earlier one has set up. */
export const startAgain: Scenario = {
  names: ['start.again'],
  async run({ say, atEnd }) {
    const home = await mkdtemp(join(tmpdir(), 'hb-'));
    atEnd(() => rm(home, { recursive: true, force: true }));
    const root = join(home, 'root');
    const env = { ...process.env, HIVE_ROOT: root, HIVE_RUN: join(home, 'run'), HIVE_TOOLCHAIN_DIR: TEST_TOOLCHAIN };
    const start = () => timeProgram('npm', { args: ['start', '--silent'], cwd: top, env });
    const down = () => timeProgram(process.execPath, { args: ['bin/hivectl.mjs', 'down'], cwd: top, env });
    atEnd(async () => {
      const hiveId = await askHiveId(join(home, 'run', 'admin.sock')).catch(() => null);
      await down().catch(() => undefined);
      // Stopped boxes are kept for their logs, which nobody will read here.
      if (hiveId !== null) await removeBoxes(hiveId);
    });
    await chmod(home, 0o711);
    await mkdir(root);
    await writeFile(
      join(root, 'config.yaml'),
      stringify({
        dashboard: { port: await findFreePort() },
        toolchain_dir: TEST_TOOLCHAIN,
        engine: { start: 'never' },
      }),
    );
    await writeFile(join(home, 'package.json'), JSON.stringify({ scripts: { nothing: 'node -e 0' } }));
    say('npm start, the first time');
    await start();
    const times: number[] = [];
    const floors: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      say(`npm start again, round ${round} of ${ROUNDS}`);
      await down();
      floors.push(await timeProgram('npm', { args: ['run', '--silent', 'nothing'], cwd: home, env }));
      times.push(await start());
    }
    return [{ name: 'start.again', value: median(times), unit: 'ms', floor: median(floors) }];
  },
};

async function askHiveId(adminSocket: string): Promise<string> {
  const admin = connectSurface(adminSurface, adminSocket);
  try {
    return (await admin.call('status', {})).hiveId;
  } finally {
    await admin.close();
  }
}

async function removeBoxes(hiveId: string): Promise<void> {
  const docker = new Docker({ socketPath: '/var/run/docker.sock' });
  const boxes = await docker.listContainers({ all: true, filters: { label: [`hive.id=${hiveId}`] } });
  await Promise.all(boxes.map((box) => docker.getContainer(box.Id).remove({ force: true })));
}
