import type { FastifyInstance } from 'fastify';

/**
 * Answers every request of git-lfs, for any repository, at once and in its own format. 501 means that this server has
 * no locks (it continues without) and no store of large files (it prints the message).
 */
export function refuseLfs(scope: FastifyInstance): void {
  scope.all('/:owner/:repo/info/lfs/*', (_request, reply) =>
    reply
      .status(501)
      .headers({ 'content-type': 'application/vnd.git-lfs+json', connection: 'close' })
      .send(JSON.stringify({ message: NO_LFS })),
  );
}

const NO_LFS =
  'There is no Git LFS here: this forge keeps files in git itself, up to the limit of a push. ' +
  'Take the files out of LFS (git lfs migrate export --include="*") and push again.';
