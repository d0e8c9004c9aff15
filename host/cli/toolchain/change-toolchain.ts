import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAlive } from '../../../system/process/inspect-process.ts';

/** A toolchain that is being changed. */
export interface Changing {
  readonly toolchain: string;
  /**
   * A temporary directory on the toolchain's disk, for unfinished parts and for what is being removed. Created by its
   * first use: a complete toolchain takes no disk space.
   */
  readonly aside: () => Promise<string>;
}

/**
 * Changes a toolchain. Each part is made aside and moved into place, so that a box never sees half of one; running
 * programs keep their open files. What is aside is deleted at the end, or, after a kill, by the next change.
 */
export async function changeToolchain<T>(toolchain: string, change: (changing: Changing) => Promise<T>): Promise<T> {
  await mkdir(toolchain, { recursive: true });
  await chmod(toolchain, 0o755);
  await dropDeadParts(toolchain);
  const made: Promise<string>[] = [];
  const aside = () => {
    if (made.length === 0) made.push(mkdtemp(join(toolchain, `.incoming-${process.pid}-`)));
    return Promise.all(made).then(([dir = '']) => dir);
  };
  try {
    return await change({ toolchain, aside });
  } finally {
    for (const dir of await Promise.all(made)) await rm(dir, { recursive: true, force: true });
  }
}

/** Replaces a file of the toolchain, named by its path within it; its directories are created. */
export async function replaceFile({ toolchain }: Changing, name: string, made: string): Promise<void> {
  const target = join(toolchain, name);
  for (let dir = dirname(target); dir.length > toolchain.length; dir = dirname(dir)) {
    await mkdir(dir, { recursive: true });
    await chmod(dir, 0o755);
  }
  await rename(made, target);
}

export async function replaceProgram(changing: Changing, name: string, made: string): Promise<void> {
  await chmod(made, 0o755);
  await replaceFile(changing, name, made);
}

export async function replaceText(changing: Changing, name: string, text: string): Promise<void> {
  const made = join(await changing.aside(), `text-${name.replaceAll('/', '-')}`);
  await writeFile(made, `${text}\n`);
  await chmod(made, 0o644);
  await replaceFile(changing, name, made);
}

/** A text without the space around it; null when there is no such file. */
export function readText(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

/** Removes the leftovers of changes that were killed half way. */
async function dropDeadParts(toolchain: string): Promise<void> {
  for (const name of await readdir(toolchain)) {
    const pid = /^\.incoming-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(toolchain, name), { recursive: true, force: true });
  }
}
