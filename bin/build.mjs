// Bundles every process of the hive into dist/, one file each, so that nothing depends on node_modules at run time. A
// complete build is made in a temporary directory and moved into place at the end, so dist/ is never half built;
// dist/build.json names the sources it was made from. `node bin/build.mjs NAME…` bundles only those, into the existing
// dist/.
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { hashSources } from './bootstrap/source-hash.mjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(top, 'dist');
const aside = join(top, '.cache/build');

const ENTRIES = {
  hived: 'host/daemon/main.ts',
  'secret-search': 'host/daemon/services/secret-search-thread.ts',
  gateway: 'host/gateway/main.ts',
  dashboard: 'host/dashboard/main.ts',
  forge: 'forge/main.ts',
  harness: 'harness/main.ts',
  hivectl: 'host/cli/main.ts',
};

/** `import text from './x.sql?raw'`, as Vite and Vitest understand it too. */
const rawText = {
  name: 'raw-text',
  setup(b) {
    b.onResolve({ filter: /\?raw$/ }, (args) => ({
      path: join(args.resolveDir, args.path.replace(/\?raw$/, '')),
      namespace: 'raw-text',
    }));
    b.onLoad({ filter: /.*/, namespace: 'raw-text' }, async (args) => ({
      contents: await readFile(args.path, 'utf8'),
      loader: 'text',
      watchFiles: [args.path],
    }));
  },
};

/**
 * dockerode's dependencies for engines on other machines and for BuildKit. hived uses neither, and they are a fifth of
 * its code and 7 MB of its memory; a call of them throws an error.
 */
const leftOut = {
  name: 'left-out',
  setup(b) {
    b.onResolve({ filter: /^(?:ssh2|protobufjs|@grpc\/grpc-js|@grpc\/proto-loader)$/ }, ({ path }) => ({
      path,
      namespace: 'left-out',
    }));
    b.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: () => function leftOut() { throw new Error('${path} is not part of this build') } });`,
    }));
  },
};

// CommonJS libraries inside an ES module bundle still use require(), __filename and __dirname.
const COMMONJS = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  "import { dirname as __pathDirname } from 'node:path';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  'const __dirname = __pathDirname(__filename);',
].join(' ');

/** Builds everything, the page included. */
export async function buildAll() {
  // The services run as other users and must be able to read it.
  process.umask(0o022);
  const hash = hashSources(top);
  await dropDeadBuilds();
  const target = join(aside, String(process.pid));
  await Promise.all([bundle(Object.keys(ENTRIES), target), buildPage(join(target, 'web'))]);
  await writeFile(join(target, 'build.json'), `${JSON.stringify({ hash })}\n`);
  const old = join(aside, `${process.pid}.old`);
  await rename(dist, old).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(target, dist);
  await rm(old, { recursive: true, force: true });
}

/** Bundles some processes into the existing dist/, which no longer counts as a complete build. */
export async function buildSome(names) {
  await rm(join(dist, 'build.json'), { force: true });
  if (names.includes('hivectl')) await rm(join(dist, 'hivectl'), { recursive: true, force: true });
  await bundle(names, dist);
}

async function bundle(names, target) {
  await mkdir(target, { recursive: true });
  // hivectl is started often and uses little of its code each time: lazily imported modules become separate files.
  const daemons = names.filter((name) => name !== 'hivectl' && name !== 'harness');
  await Promise.all([
    daemons.length > 0 ? bundleInto(target, daemons, {}) : undefined,
    // A harness runs in every box and its code is held in memory there: it is minified.
    names.includes('harness') ? bundleInto(target, ['harness'], { minify: true }) : undefined,
    names.includes('hivectl')
      ? bundleInto(target, ['hivectl'], { splitting: true, chunkNames: 'hivectl/[name]-[hash]' })
      : undefined,
    cp(join(top, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'), join(target, 'better_sqlite3.node')),
  ]);
}

function bundleInto(target, names, more) {
  return build({
    entryPoints: Object.fromEntries(names.map((name) => [name, join(top, ENTRIES[name])])),
    outdir: target,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    minifySyntax: true,
    // Names and lines stay readable in a stack trace; comments are removed. A single character beyond Latin-1 would
    // double the memory that the text takes.
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [rawText, leftOut],
    // Native modules are optional for these libraries, or passed by path (better-sqlite3).
    external: ['*.node', 'cpu-features'],
    banner: { js: COMMONJS },
    ...more,
  });
}

async function buildPage(outDir) {
  const vite = await import('vite');
  await vite.build({
    root: join(top, 'host/dashboard/web'),
    configFile: join(top, 'host/dashboard/web/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true },
  });
}

/** Removes the leftovers of builds that were killed half way. */
async function dropDeadBuilds() {
  await mkdir(aside, { recursive: true });
  for (const name of await readdir(aside)) {
    const pid = Number.parseInt(name, 10);
    if (!isAlive(pid)) await rm(join(aside, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !(name in ENTRIES));
  if (unknown.length > 0) {
    process.stderr.write(
      `error: nothing here is called ${unknown.join(', ')}. There is: ${Object.keys(ENTRIES).join(', ')}.\n`,
    );
    process.exitCode = 64;
  } else await (names.length > 0 ? buildSome(names) : buildAll());
}
