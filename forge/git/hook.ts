import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes the one hook that every push passes into `dir`. It refuses what git itself would accept: names that look
 * like options when passed to a command later, and floods of refs; then it asks the forge about the rest, over
 * descriptor 3 (search/answer-hook.ts), and without an answer it refuses. The push is refused as a whole; the client
 * shows the hook's output as `remote: …`.
 */
export async function writeHook(dir: string, maxRefsPerPush: number): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o755 });
  const path = join(dir, 'pre-receive');
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, hookText(maxRefsPerPush));
  await chmod(fresh, 0o755);
  await rename(fresh, path);
}

/** In the environment of a push that the forge makes itself: the most branches and tags that it may change. */
export const MOST_REFS_ENV = 'HIVE_MOST_REFS';

function hookText(maxRefsPerPush: number): string {
  return `#!/bin/sh
# Written by the forge at each start.
count=0
printf '%s\\n' "$GIT_QUARANTINE_PATH" >&3
while read -r old new ref; do
  count=$((count + 1))
  case "$ref" in
    refs/heads/-* | refs/tags/-*)
      echo "A branch or tag may not start with '-': $ref" >&2
      exit 1 ;;
  esac
  printf '%s %s\\n' "$new" "$ref" >&3
done
most="\${${MOST_REFS_ENV}:-${maxRefsPerPush}}"
if [ "$count" -gt "$most" ]; then
  echo "One push may change $most branches and tags; this one changes $count." >&2
  exit 1
fi
echo >&3
verdict=
while read -r verdict <&3; do
  case "$verdict" in
    'say '*) printf '%s\\n' "\${verdict#say }" >&2 ;;
    *) break ;;
  esac
done
case "$verdict" in
  accepted) exit 0 ;;
  refused) cat <&3 >&2 ;;
  *) echo 'The forge ended before it searched this push for secrets. Push again.' >&2 ;;
esac
exit 1
`;
}
