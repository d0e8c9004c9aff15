import { stat } from 'node:fs/promises';

/** Whether something is at a path, as far as this process may look; a symlink counts as what it leads to. Never rejects. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
