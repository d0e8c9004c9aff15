import { callHive } from './api.ts';
import { saveBytes } from './files.ts';
import type { PullPlace } from './pull-keys.ts';

/** Downloads a file that a run of a check handed over; the browser neither displays nor runs it. */
export async function saveArtifact(
  { owner, name }: Pick<PullPlace, 'owner' | 'name'>,
  of: { run: number; artifact: number; name: string },
): Promise<void> {
  const wanted = { owner: owner as never, name: name as never, run: of.run, artifact: of.artifact };
  const parts: string[] = [];
  for (let offset: number | null = 0; offset !== null;) {
    const page: { data: string; next: number | null } = await callHive('readCheckArtifact', { ...wanted, offset });
    parts.push(page.data);
    offset = page.next;
  }
  saveBytes(parts, of.name.slice(of.name.lastIndexOf('/') + 1));
}
