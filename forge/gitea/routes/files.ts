import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { file, json } from '../answer.ts';
import { readFilePath, repoRoute } from '../route.ts';
import { toContent, toFile, toTreeEntry } from '../shapes/content.ts';

const read = { method: 'GET', scope: 'read:repository', right: 'look', cost: 100 } as const;
const atRef = z.object({
  /** A branch, a tag, or the full id of a commit. */
  ref: z.string().min(1).max(255).optional(),
});
const MIB = 1024 * 1024;
/** Content within JSON, and on its own. */
const MOST_CONTENT_BYTES = 4 * MIB;
const MOST_RAW_BYTES = 32 * MIB;
const TREE_PAGE = 1000;

export const fileRoutes = [
  ...(['/contents', '/contents/*'] as const).map((path) =>
    repoRoute({
      ...read,
      path,
      summary: 'A file with its content in base64, or the entries of a directory. Links are not followed.',
      query: atRef,
      async handle({ backend, caller, base, repo, signal, params, query: { ref } }) {
        const wanted = { ...repo, ref, file: readFilePath(params), maxBytes: MOST_CONTENT_BYTES, signal };
        const found = await backend.browse.content(caller, wanted);
        const place = { base, repo: `${repo.owner}/${repo.name}`, ref: ref ?? '' };
        return json(
          found.kind === 'file' ? toFile(found, place) : found.entries.map((entry) => toContent(entry, place)),
        );
      },
    }),
  ),
  ...(['/raw/*', '/media/*'] as const).map((path) =>
    repoRoute({
      ...read,
      path,
      summary: 'The bytes of a file.',
      query: atRef,
      async handle({ backend, caller, repo, signal, params, query: { ref } }) {
        const wanted = { ...repo, ref, file: readFilePath(params), maxBytes: MOST_RAW_BYTES, signal };
        const found = await backend.browse.content(caller, wanted);
        if (found.kind !== 'file' || found.entry.type !== 'blob') throw new HiveError('not_found', 'That is no file.');
        return file(found.bytes, found.entry.path.slice(found.entry.path.lastIndexOf('/') + 1));
      },
    }),
  ),
  repoRoute({
    ...read,
    right: 'fetch',
    path: '/archive/*',
    cost: 400,
    summary: 'All files of a branch, tag or commit as one archive: with `.tar.gz` or `.zip` at the end.',
    async handle({ backend, caller, repo, signal, params }) {
      const [, ref, format] = /^(.+)\.(tar\.gz|zip)$/.exec(params['*'] ?? '') ?? [];
      if (ref === undefined || (format !== 'tar.gz' && format !== 'zip'))
        throw new HiveError('not_found', 'Ask for REF.tar.gz or REF.zip.');
      const serving = await backend.openArchive(caller, { ...repo, ref, format, signal });
      const type = format === 'zip' ? 'application/zip' : 'application/gzip';
      return { kind: 'stream', serving, type, name: `${repo.name}-${ref.replaceAll('/', '-')}.${format}` };
    },
  }),
  repoRoute({
    ...read,
    path: '/git/trees/*',
    summary: 'The entries of the top directory, with `recursive` those of all directories.',
    query: z.object({
      recursive: z.enum(['true', 'false', '1', '0']).default('false'),
      page: z.coerce.number().int().min(1).catch(1),
      per_page: z.coerce.number().int().min(1).max(TREE_PAGE).catch(TREE_PAGE),
    }),
    async handle({ backend, caller, base, repo, signal, params, query }) {
      const recursive = query.recursive === 'true' || query.recursive === '1';
      const { commit, entries } = await backend.browse.tree(caller, { ...repo, ref: params['*'], recursive, signal });
      const start = (query.page - 1) * query.per_page;
      return json({
        sha: commit,
        url: `${base}/api/v1/repos/${repo.owner}/${repo.name}/git/trees/${commit}`,
        tree: entries.slice(start, start + query.per_page).map(toTreeEntry),
        truncated: start + query.per_page < entries.length,
        page: query.page,
        total_count: entries.length,
      });
    },
  }),
];
