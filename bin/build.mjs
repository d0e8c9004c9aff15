// Bundles every process of the hive into dist/: one file each, so that what runs does not depend on node_modules.
import { cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(top, 'dist');

/** `import text from './x.sql?raw'`, as Vite and Vitest understand it too. */
const rawText = {
  name: 'raw-text',
  setup(b) {
    b.onResolve({ filter: /\?raw$/ }, (args) => ({
      path: join(args.resolveDir, args.path.replace(/\?raw$/, '')),
      namespace: 'raw-text',
    }));
    b.onLoad({ filter: /.*/, namespace: 'raw-text' }, async (args) => {
      const { readFile } = await import('node:fs/promises');
      return { contents: await readFile(args.path, 'utf8'), loader: 'text', watchFiles: [args.path] };
    });
  },
};

const ENTRIES = {
  hived: 'host/daemon/main.ts',
  gateway: 'host/gateway/main.ts',
  dashboard: 'host/dashboard/main.ts',
  forge: 'forge/main.ts',
  harness: 'harness/main.ts',
  hivectl: 'host/cli/main.ts',
};

export async function buildAll({ only, web = true } = {}) {
  const names = only ?? Object.keys(ENTRIES);
  if (only === undefined) await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await Promise.all(
    names.map((name) =>
      build({
        entryPoints: [join(top, ENTRIES[name])],
        outfile: join(dist, `${name}.mjs`),
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node20',
        sourcemap: 'linked',
        minifySyntax: true,
        legalComments: 'none',
        logLevel: 'warning',
        plugins: [rawText],
        // Native parts are optional for these libraries, or handed over by path (better-sqlite3).
        external: ['*.node', 'cpu-features'],
        // CommonJS libraries inside an ES module bundle still ask for require().
        banner: {
          js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __filename = (await import('node:url')).fileURLToPath(import.meta.url); const __dirname = (await import('node:path')).dirname(__filename);",
        },
      }),
    ),
  );
  await cp(join(top, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'), join(dist, 'better_sqlite3.node'));
  if (web && only === undefined) {
    const vite = await import('vite');
    await vite.build({
      root: join(top, 'host/dashboard/web'),
      configFile: join(top, 'host/dashboard/web/vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: join(dist, 'web'), emptyOutDir: true },
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const only = process.argv.slice(2).filter((name) => name in ENTRIES);
  await buildAll(only.length > 0 ? { only } : {});
}
