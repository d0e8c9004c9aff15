import * as z from 'zod';
import { repoName, repoOwner } from '../names.ts';
import { op } from '../op.ts';
import { outsideUrl } from '../outside-url.ts';
import { importView, MIRROR_EVERY, mirrorDirection, mirrorView } from '../schemas/mirror.ts';

const mirrorId = z.coerce.number<number | string>().int().positive();

/** Repositories from outside, and to it. By the gateway, to hosts that the operator allows the hive (`hivectl egress allow hive`). */
export const mirrorOperations = {
  importRepo: op({
    name: 'importRepo',
    audiences: ['admin'],
    method: 'POST',
    path: '/api/imports',
    summary: 'Begin to make a repository from the branches and tags of one outside. It is there when all of it is.',
    input: z.strictObject({ owner: repoOwner, name: repoName, url: outsideUrl }),
    output: z.strictObject({ import: importView }),
    errors: [
      'duplicate_repo',
      'unknown_agent',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
    ],
  }),
  listImports: op({
    name: 'listImports',
    audiences: ['operator'],
    method: 'GET',
    path: '/api/imports',
    summary: 'Imports that run, and those that ended within the last hour, the newest first.',
    input: z.strictObject({}),
    output: z.strictObject({ imports: z.array(importView) }),
    errors: [],
  }),
  cancelImport: op({
    name: 'cancelImport',
    audiences: ['admin'],
    method: 'DELETE',
    path: '/api/imports/:owner/:name',
    summary: 'End an import that runs; nothing of it is kept.',
    input: z.strictObject({ owner: repoOwner, name: repoName }),
    output: z.strictObject({ import: importView }),
    errors: ['not_found'],
  }),
  addMirror: op({
    name: 'addMirror',
    audiences: ['admin'],
    method: 'POST',
    path: '/api/repos/:owner/:name/mirrors',
    summary:
      'Have a repository follow one outside (pull; it is made if it is not there, and takes no pushes), or publish it to one (push): its default branch, named branches and tags, after each change of them.',
    input: z.strictObject({
      owner: repoOwner,
      name: repoName,
      direction: mirrorDirection,
      url: outsideUrl,
      /** Of a pull mirror: the interval of its updates, in milliseconds. */
      everyMs: z.int().min(MIRROR_EVERY.least).max(MIRROR_EVERY.most).optional(),
      /** Of a push mirror: branches beside the default one. */
      branches: z.array(z.string().min(1).max(255)).max(50).default([]),
      /** Of a push mirror: commits outside are overwritten. */
      force: z.boolean().default(false),
      /** Of a pull mirror: the repository may have branches; those that are not outside are deleted. */
      replaces: z.boolean().default(false),
    }),
    output: z.strictObject({ mirror: mirrorView }),
    errors: [
      'unknown_repo',
      'unknown_agent',
      'duplicate_mirror',
      'forbidden',
      'outside_failed',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
    ],
  }),
  listMirrors: op({
    name: 'listMirrors',
    audiences: ['operator'],
    method: 'GET',
    path: '/api/mirrors',
    summary: 'Every mirror with what became of its last try; those of one repository when it is named.',
    input: z.strictObject({ owner: repoOwner.optional(), name: repoName.optional() }),
    output: z.strictObject({ mirrors: z.array(mirrorView) }),
    errors: ['unknown_repo'],
  }),
  syncMirror: op({
    name: 'syncMirror',
    audiences: ['operator'],
    method: 'POST',
    path: '/api/mirrors/:id/sync',
    summary: 'Update a pull mirror now, or publish all of a push mirror anew. Answers before it is done.',
    input: z.strictObject({ id: mirrorId }),
    output: z.strictObject({ mirror: mirrorView }),
    errors: ['not_found', 'storage_unavailable'],
    repeatable: true,
  }),
  removeMirror: op({
    name: 'removeMirror',
    audiences: ['admin'],
    method: 'DELETE',
    path: '/api/mirrors/:id',
    summary: 'End a mirror. The repository stays as it is, and takes pushes again; nothing outside changes.',
    input: z.strictObject({ id: mirrorId }),
    output: z.strictObject({ mirror: mirrorView }),
    errors: ['not_found', 'storage_unavailable'],
  }),
} as const;
