// @ts-check
// `npm run bench`: measures the figures of docs/performance.md on whole hives of real parts, beside baselines measured
// in the same run. `-- --only send.rtt,turn.warm` measures only these figures, `-- --json FILE` also writes them as a
// list.
import { basename, join } from 'node:path';
import { bootstrap, exitWith, top } from './bootstrap/bootstrap.mjs';
import { handOver, StepFailed } from './bootstrap/children.mjs';

const out = join(top, '.cache/bench');

/** The bench and the programs that it starts. */
const PROGRAMS = [
  'main.ts',
  'load-sends.ts',
  'flood-calls.ts',
  'load-events.ts',
  'follow-page.ts',
  'gateway/scripted-provider.ts',
  'gateway/load-first.ts',
  'gateway/load-streams.ts',
  'gateway/plain-proxy.ts',
  'egress/bytes-host.ts',
  'egress/load-tunnels.ts',
];

await exitWith(async () => {
  const toolchain = process.env['HIVE_TOOLCHAIN_DIR'] ?? join(top, '.cache/test-toolchain');
  const env = { ...process.env, HIVE_TOOLCHAIN_DIR: toolchain, HIVE_TEST_TOOLCHAIN: toolchain };
  await bootstrap();
  const setup = await handOver(process.execPath, ['bin/hivectl.mjs', 'setup', '--for-tests'], { cwd: top, env });
  if (setup !== 0) return setup;
  await bundleBench();
  return handOver(process.execPath, ['--enable-source-maps', join(out, 'bench.mjs'), ...process.argv.slice(2)], {
    cwd: top,
    env,
  });
});

/** The benchmark is TypeScript: it is bundled first; its packages are not, they are loaded from node_modules. */
async function bundleBench() {
  const { build } = await import('esbuild');
  const { errors } = await build({
    entryPoints: Object.fromEntries(
      PROGRAMS.map((file) => [file === 'main.ts' ? 'bench' : basename(file, '.ts'), join(top, 'test/bench', file)]),
    ),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  if (errors.length > 0) throw new StepFailed('The bench could not be bundled.');
}
