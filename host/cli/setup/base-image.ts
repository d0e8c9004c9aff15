import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import dockerfile from '../../../images/base/Dockerfile?raw';
import packageList from '../../../images/base/packages.txt?raw';
import { HiveError } from '../../../protocol/errors.ts';
import { findProgram } from '../process/find-program.ts';
import { runProgram } from '../process/run-program.ts';
import { canInstallPackages, installPackages, lastLines, pathOf } from './apt.ts';
import { connectEngine } from './engine-client.ts';
import { pullImage, readProgress } from './pull-image.ts';
import type { SetupContext, SetupStep } from './setup-context.ts';

const REPOSITORY = 'hyperhive/base';
const PARENT = 'debian:bookworm-slim';
const SUITE = 'bookworm';

/** The tag is a hash of the recipe: the image is built once for each recipe. */
export const BASE_TAG = createHash('sha256').update(dockerfile).update(packageList).digest('hex').slice(0, 12);

/** The default image of boxes: from a registry, else from Debian's packages. */
export const baseImageStep: SetupStep = {
  title: 'base image',
  async run(context, report) {
    const engine = connectEngine(context.settings.engineSocket);
    const { image } = context.settings;
    if (!image.startsWith(`${REPOSITORY}:`)) return findOwnImage(engine, image);
    const name = `${REPOSITORY}:${BASE_TAG}`;
    const found = await hasImage(engine, name);
    const from = found ? 'is there' : await makeImage({ context, engine, report });
    if ((await imageId(engine, `${REPOSITORY}:latest`)) !== (await imageId(engine, name)))
      await engine.getImage(name).tag({ repo: REPOSITORY, tag: 'latest' });
    return `${name} ${from}`;
  },
};

async function findOwnImage(engine: Docker, image: string): Promise<string> {
  if (await hasImage(engine, image)) return `${image} is there`;
  throw new HiveError(
    'image_missing',
    `config.yaml names the image ${image}, which is not on this machine. Type: docker pull ${image}`,
  );
}

async function hasImage(engine: Docker, name: string): Promise<boolean> {
  return (await imageId(engine, name)) !== null;
}

async function imageId(engine: Docker, name: string): Promise<string | null> {
  try {
    return (await engine.getImage(name).inspect()).Id;
  } catch (cause) {
    if ((cause as { statusCode?: number }).statusCode === 404) return null;
    throw new HiveError('engine_unavailable', `The container engine did not answer: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

interface Making {
  readonly context: SetupContext;
  readonly engine: Docker;
  readonly report: (doing: string) => void;
}

async function makeImage(making: Making): Promise<string> {
  const { context, engine, report } = making;
  report(`asking a registry for ${PARENT}`);
  const pulled = await pullImage(engine, PARENT, context.signal);
  if (pulled.ok) {
    report('building from the registry’s image');
    await withScratch((dir) => buildFromDockerfile(making, dir));
    return `built from ${PARENT}`;
  }
  await ensureMmdebstrap(context, pulled.reason);
  report('no registry answers: making it from Debian packages (about two minutes)');
  await withScratch((dir) => importFromPackages(making, dir));
  return 'made from Debian packages';
}

async function buildFromDockerfile({ context, engine }: Making, dir: string): Promise<void> {
  await writeFile(join(dir, 'Dockerfile'), dockerfile);
  await writeFile(join(dir, 'packages.txt'), packageList);
  const stream = await engine.buildImage(
    { context: dir, src: ['Dockerfile', 'packages.txt'] },
    { t: `${REPOSITORY}:${BASE_TAG}`, forcerm: true, abortSignal: context.signal },
  );
  const failure = await readProgress(stream, context.signal);
  if (failure !== null)
    throw new HiveError(
      'setup_failed',
      `The base image could not be built: ${failure}. Run the same command again when the network is back.`,
    );
}

async function ensureMmdebstrap(context: SetupContext, reason: string): Promise<void> {
  if (findProgram('mmdebstrap', pathOf(context)) !== null) return;
  if (!canInstallPackages(context))
    throw new HiveError(
      'setup_failed',
      `No registry gave ${PARENT} (${reason}), and mmdebstrap, which makes it from Debian packages, is not installed. Type one of:\n  docker pull ${PARENT}\n  sudo apt-get install -y mmdebstrap debian-archive-keyring\nthen run the same command again.`,
    );
  await installPackages(context, ['mmdebstrap', 'debian-archive-keyring']);
}

async function importFromPackages({ context, engine, report }: Making, dir: string): Promise<void> {
  const archive = join(dir, 'base.tar');
  const unread = ['man', 'doc', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const { code, output } = await runProgram('mmdebstrap', {
    args: [
      '--variant=minbase',
      ...unread,
      '--dpkgopt=path-include=/usr/share/doc/*/copyright',
      `--include=${packageList.trim().split(/\s+/).join(',')}`,
      SUITE,
      archive,
    ],
    env: { ...context.settings.childEnv, TMPDIR: dir },
    signal: context.signal,
  });
  if (code !== 0)
    throw new HiveError(
      'setup_failed',
      `mmdebstrap could not make the base image:\n${lastLines(output, 8)}\nRun the same command again when Debian’s packages can be reached.`,
    );
  report('importing it');
  const stream = await engine.importImage(createReadStream(archive), {
    repo: REPOSITORY,
    tag: BASE_TAG,
    changes: ['ENV LANG=C.UTF-8', 'CMD ["bash"]'],
  });
  const failure = await readProgress(stream, context.signal);
  if (failure !== null) throw new HiveError('setup_failed', `The engine did not take the base image: ${failure}.`);
}

async function withScratch(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hyperhive-image-'));
  try {
    await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
