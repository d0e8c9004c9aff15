import * as z from 'zod';
import { branchName } from '../../../protocol/schemas/pull.ts';
import type { FileEdit } from '../../backend/write-files.ts';
import { json } from '../answer.ts';
import { type RepoCall, repoRoute, requireFilePath, unsupported } from '../route.ts';
import { toCommit } from '../shapes/commit.ts';
import { toContent } from '../shapes/content.ts';

/** A name in a commit's header. */
const headerText = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}<>]*$/u, { error: 'no control characters and no < or >' });
const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/\s]*={0,2}\s*$/, { error: 'the content is to be in base64' })
  .transform((text) => Buffer.from(text, 'base64'));

const commit = z.object({
  message: z.string().max(20_000).optional(),
  branch: branchName.optional(),
  new_branch: branchName.optional(),
  author: z.object({ name: headerText, email: headerText }).optional(),
  // Its committer is who asks.
  committer: z.unknown().optional(),
  dates: z.unknown().optional(),
  from_path: unsupported('renaming of files this way'),
  signoff: unsupported('sign-off lines'),
  force_push: unsupported('forced pushes this way'),
});
const withSha = z.object({ sha: z.string().min(1) });
const withContent = z.object({ content: base64 });

/** JSON with the content of files in base64: larger ones are pushed with git. */
const BODY_BYTES = 2 * 1024 * 1024;
const write = { scope: 'write:repository', right: 'push', cost: 400, bodyLimit: BODY_BYTES } as const;

const VERBS = { create: 'Add', update: 'Update', delete: 'Delete' } as const;

async function writeFiles(call: RepoCall<unknown, z.output<typeof commit>>, edits: readonly FileEdit[]) {
  const { backend, caller, base, repo, signal, body } = call;
  const { message, branch, new_branch: newBranch, author } = body;
  const first = edits[0];
  const made = await backend.writeFiles(caller, {
    ...repo,
    branch,
    newBranch,
    message:
      message === undefined || message.trim() === ''
        ? `${VERBS[first?.operation ?? 'update']} ${first?.path}\n`
        : message,
    author,
    edits,
    signal,
  });
  const where = { base, repo: `${repo.owner}/${repo.name}` };
  const shown = made.entries.map((entry) => (entry === null ? null : toContent(entry, { ...where, ref: made.branch })));
  return { shown, commit: toCommit(made.commit, where).commit, sha: made.commit.oid };
}

const one = async (call: RepoCall<unknown, z.output<typeof commit>>, edit: Omit<FileEdit, 'path'>, status: number) => {
  const path = requireFilePath(call.params['*'] ?? '');
  const { shown, ...made } = await writeFiles(call, [{ ...edit, path }]);
  return json({ content: shown[0] ?? null, commit: { ...made.commit, sha: made.sha }, verification: null }, status);
};

export const changeFileRoutes = [
  repoRoute({
    ...write,
    method: 'POST',
    path: '/contents/*',
    summary: 'Commit a new file to a branch, or to a new branch.',
    body: commit.extend(withContent.shape),
    handle: (call) => one(call, { operation: 'create', sha: undefined, bytes: call.body.content }, 201),
  }),
  repoRoute({
    ...write,
    method: 'PUT',
    path: '/contents/*',
    summary: 'Commit other content of a file. `sha` is that of the content that you read.',
    body: commit.extend({ ...withContent.shape, ...withSha.shape }),
    handle: (call) => one(call, { operation: 'update', sha: call.body.sha, bytes: call.body.content }, 200),
  }),
  repoRoute({
    ...write,
    method: 'DELETE',
    path: '/contents/*',
    summary: 'Commit the deletion of a file. `sha` is that of the content that you read.',
    body: commit.extend(withSha.shape),
    handle: (call) => one(call, { operation: 'delete', sha: call.body.sha, bytes: null }, 200),
  }),
  repoRoute({
    ...write,
    method: 'POST',
    path: '/contents',
    summary: 'Commit changes of up to 100 files at once.',
    body: commit.extend({
      files: z
        .array(
          z.discriminatedUnion('operation', [
            z.object({ operation: z.literal('create'), path: z.string(), content: base64 }),
            z.object({ operation: z.literal('update'), path: z.string(), content: base64, sha: z.string().min(1) }),
            z.object({ operation: z.literal('delete'), path: z.string(), sha: z.string().min(1) }),
          ]),
        )
        .min(1)
        .max(100),
    }),
    async handle(call) {
      const edits = call.body.files.map((edit) => ({
        operation: edit.operation,
        path: requireFilePath(edit.path),
        sha: edit.operation === 'create' ? undefined : edit.sha,
        bytes: edit.operation === 'delete' ? null : edit.content,
      }));
      const { shown, ...made } = await writeFiles(call, edits);
      return json({ files: shown, commit: { ...made.commit, sha: made.sha }, verification: null }, 201);
    },
  }),
];
