import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startForgeProcess } from '../../../forge/testing/forge-process.ts';
import { startRelay } from '../../../forge/testing/relay.ts';
import type { RepoName } from '../../../protocol/names.ts';
import { forgeSurface } from '../../../protocol/operations/services.ts';
import { connectSurface } from '../../../wire/client.ts';
import { type Figure, median, type Scenario } from '../figure.ts';
import { startHttpBackend } from '../peers/http-backend.ts';

const MB = 1_000_000;
const COMMITS = 20;
const FILES = 1_000;
const FILE_BYTES = 10_000;
const ROUNDS = 3;
const PUSHERS = 8;
const PUSH_FILES = 500;

const ALL = COMMITS * FILES * FILE_BYTES;
const BESIDE_NGINX = ['git.clone', 'git.fetch', 'git.push', 'git.push8.nginx'] as const;
type Beside = (typeof BESIDE_NGINX)[number];

/** Where repositories are reached, and how an empty one is made there. */
interface Server {
  readonly url: string;
  create(name: string): Promise<void>;
}

/**
 * Clones, fetches and pushes of a repository of 200 MB in 20,000 files that do not shrink, through the relay that boxes
 * have; beside git's own `http-backend` behind nginx and the same relay, in turns. And 8 pushes at once, into one repository and into eight.
 */
export const transport: Scenario = {
  names: [...BESIDE_NGINX, 'git.push8'],
  async run({ say, atEnd }) {
    const dir = await mkdtemp(join(tmpdir(), 'bench-transport-'));
    atEnd(() => rm(dir, { recursive: true, force: true }));
    // Its servers have a user of their own.
    await chmod(dir, 0o711);
    const backend = await startHttpBackend(join(dir, 'backend'), say);
    if (backend === null) return [];
    atEnd(() => backend.close());
    const theirs = { url: await relay(backend.socketPath, atEnd), create: backend.create };
    const forge = await openForge(dir, atEnd);
    say(`a repository of ${ALL / MB} MB`);
    const seed = join(dir, 'seed.git');
    await makeSeed(seed, dir);
    const taken = new Map<string, number[]>();
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [who, server] of Object.entries({ ours: forge, theirs }))
        for (const [name, rate] of await measure(server, { seed, dir, round }))
          taken.set(`${name} ${who}`, [...(taken.get(`${name} ${who}`) ?? []), rate]);
    const rateOf = (key: string) => median(taken.get(key) ?? []);
    const beside = BESIDE_NGINX.map((name): Figure => ({
      name,
      value: rateOf(`${name} theirs`),
      ours: rateOf(`${name} ours`),
      unit: 'MB/s',
      floor: null,
    }));
    return [...beside, await measureLocks(forge, { seed, dir, say })];
  },
};

/** 8 pushes at once into one repository, beside 8 at once into as many repositories, in turns. */
async function measureLocks(
  forge: Server,
  { seed, dir, say }: { seed: string; dir: string; say: (line: string) => void },
): Promise<Figure> {
  const names = Array.from({ length: PUSHERS }, (_, at) => `apart${at}`);
  const urlOf = (name: string) => `${forge.url}/operator/${name}.git`;
  say(`${PUSHERS} repositories with all of it`);
  for (const name of ['together', ...names]) {
    await forge.create(`operator/${name}.git`);
    await run([`--git-dir=${seed}`, 'push', '-q', urlOf(name), 'main'], dir);
  }
  const ways = { together: () => 'together', apart: (at: number) => names[at] ?? '' };
  const rates = { together: [] as number[], apart: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1)
    for (const how of ['together', 'apart'] as const)
      rates[how].push(await pushAll(seed, { dir, urlOf: (at) => urlOf(ways[how](at)), round }));
  return { name: 'git.push8', value: median(rates.together), unit: 'MB/s', floor: median(rates.apart) };
}

/** 5 MB from each pusher at once: MB a second. */
function pushAll(
  seed: string,
  { dir, urlOf, round }: { dir: string; urlOf: (at: number) => string; round: number },
): Promise<number> {
  const pushers = Array.from({ length: PUSHERS }, (_, at) => at);
  return rate(PUSHERS * PUSH_FILES * FILE_BYTES, () =>
    Promise.all(pushers.map((at) => run([`--git-dir=${seed}`, 'push', '-q', urlOf(at), `p${round}-${at}`], dir))),
  );
}

/** One round at one server: MB a second of each figure. */
async function measure(
  server: Server,
  { seed, dir, round }: { seed: string; dir: string; round: number },
): Promise<[name: Beside, rate: number][]> {
  const name = `app${round}.git`;
  const url = `${server.url}/operator/${name}`;
  await server.create(`operator/${name}`);
  const git = (...argv: string[]) => run(argv, dir);
  const push = await rate(ALL, () => git(`--git-dir=${seed}`, 'push', '-q', url, 'main', 'half'));
  const copy = join(dir, 'copy.git');
  const clone = await rate(ALL, () => git('clone', '-q', '--bare', '--single-branch', '-b', 'main', url, copy));
  await rm(copy, { recursive: true });

  await cp(join(dir, 'half.git'), copy, { recursive: true });
  const fetch = await rate(ALL / 2, () => git(`--git-dir=${copy}`, 'fetch', '-q', url, 'main:main'));
  await rm(copy, { recursive: true });

  const push8 = await pushAll(seed, { dir, urlOf: () => url, round });
  return [
    ['git.clone', clone],
    ['git.fetch', fetch],
    ['git.push', push],
    ['git.push8.nginx', push8],
  ];
}

/** A port that leads to a Unix socket, as in a box: git speaks only TCP. */
async function relay(socket: string, atEnd: (end: () => Promise<unknown>) => unknown): Promise<string> {
  const { server, url } = await startRelay(socket);
  atEnd(async () => void server.close());
  return url;
}

async function openForge(dir: string, atEnd: (end: () => Promise<unknown>) => unknown): Promise<Server> {
  const own = join(dir, 'forge');
  await mkdir(join(own, 'root'), { recursive: true });
  const child = await startForgeProcess(join(process.cwd(), 'dist/forge.mjs'), own, []);
  atEnd(async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  });
  const operator = connectSurface(forgeSurface, join(own, 'forge.sock'));
  atEnd(() => operator.close());
  return {
    url: await relay(join(own, 'forge.sock'), atEnd),
    create: async (name) => {
      const repository = name.slice('operator/'.length, -'.git'.length) as RepoName;
      await operator.call('createRepo', { owner: 'operator', name: repository });
    },
  };
}

/** main with all commits, half with the first half of them, and branches with 5 MB each on top; and a clone of half. */
async function makeSeed(seed: string, dir: string): Promise<void> {
  await run(['init', '-q', '--bare', '-b', 'main', seed], dir);
  await importInto(seed, dir, (write) => {
    for (let at = 0; at < COMMITS; at += 1) {
      writeCommit(write, { branch: 'main', directory: `c${at}`, files: FILES });
      if (at === COMMITS / 2 - 1) write('reset refs/heads/half\nfrom refs/heads/main\n\n');
    }
    for (let round = 0; round < ROUNDS; round += 1)
      for (let at = 0; at < PUSHERS; at += 1) {
        const branch = `p${round}-${at}`;
        writeCommit(write, { branch, directory: branch, files: PUSH_FILES, from: 'refs/heads/main' });
      }
  });
  await run(['clone', '-q', '--bare', '--no-local', '--single-branch', '-b', 'half', seed, join(dir, 'half.git')], dir);
}

type Write = (data: string | Buffer) => void;

function writeCommit(write: Write, of: { branch: string; directory: string; files: number; from?: string }): void {
  write(`commit refs/heads/${of.branch}\ncommitter a <a@b> 1700000000 +0000\ndata 1\nx\n`);
  if (of.from !== undefined) write(`from ${of.from}\n`);
  for (let at = 0; at < of.files; at += 1) {
    write(`M 100644 inline ${of.directory}/d${at % 10}/f${at}\ndata ${FILE_BYTES}\n`);
    write(randomBytes(FILE_BYTES));
    write('\n');
  }
  write('\n');
}

async function importInto(seed: string, dir: string, say: (write: Write) => void): Promise<void> {
  const chunks: (string | Buffer)[] = [];
  say((data) => chunks.push(data));
  await run([`--git-dir=${seed}`, 'fast-import', '--quiet'], dir, chunks);
}

/** MB a second. */
async function rate(bytes: number, work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return bytes / MB / ((performance.now() - from) / 1_000);
}

function run(argv: readonly string[], home: string, input: readonly (string | Buffer)[] = []): Promise<void> {
  const env = { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
  return new Promise((resolve, reject) => {
    const child = execFile('git', argv, { env, maxBuffer: 1024 * 1024 }, (error) =>
      error === null ? resolve() : reject(error),
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(Buffer.concat(input.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))));
  });
}
