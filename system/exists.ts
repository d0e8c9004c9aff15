import { stat } from 'node:fs/promises';

/**
 * Whether something exists at a path, as far as this process can see; a symlink counts as its target. Never rejects.
 */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
