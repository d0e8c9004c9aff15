import type { PushedSecret } from './schemas/push-secrets.ts';

/** In one line: `DEPLOY in src/a.txt, line 3 (commit 0123456789ab, refs/heads/main)`. */
export function sayPushedSecret(found: PushedSecret): string {
  const { secret, commit, ref } = found;
  const around = [commit === null ? null : `commit ${commit.slice(0, 12)}`, ref].filter((part) => part !== null);
  return `${secret} in ${sayWhere(found)}${around.length === 0 ? '' : ` (${around.join(', ')})`}`;
}

function sayWhere({ where, path, line, commit }: PushedSecret): string {
  switch (where) {
    case 'file':
      return `${path ?? 'a file whose path is not shown'}${line === null ? '' : `, line ${line}`}`;
    case 'name':
      return `the name of a file or directory${path === null ? '' : ` in ${path === '' ? 'the top directory' : path}`}`;
    case 'message':
      return commit === null ? 'the message of a tag' : 'the message or the author of a commit';
    case 'ref':
      return 'the name of a branch or tag';
  }
}
