import * as z from 'zod';
import { repoName, repoOwner } from '../names.ts';
import { op } from '../op.ts';
import { labelColor, labelDescription, labelName, repoLabel } from '../schemas/label.ts';

const repo = { owner: repoOwner, name: repoName };
const labels = z.strictObject({ labels: z.array(repoLabel) });

/** The labels of repositories, which pull requests may have. */
export const labelOperations = {
  listLabels: op({
    name: 'listLabels',
    audiences: ['agent', 'operator'],
    method: 'GET',
    path: '/api/repos/:owner/:name/labels',
    summary: "A repository's labels for pull requests, by name.",
    input: z.strictObject(repo),
    output: labels,
    errors: ['unknown_repo', 'rate_exceeded'],
    cost: 40,
  }),
  setLabel: op({
    name: 'setLabel',
    audiences: ['agent', 'operator'],
    method: 'PUT',
    path: '/api/repos/:owner/:name/labels',
    summary: 'Make a label, or change the one of that name. What is not given stays as it is.',
    input: z.strictObject({
      ...repo,
      label: labelName,
      color: labelColor.optional(),
      description: labelDescription.optional(),
      /** Another name for a label that is there; pull requests keep it. */
      newName: labelName.optional(),
    }),
    output: labels,
    errors: [
      'unknown_repo',
      'forbidden',
      'not_found',
      'duplicate_label',
      'forge_quota',
      'contains_secret',
      'service_unavailable',
      'storage_unavailable',
      'rate_exceeded',
    ],
    cost: 150,
    repeatable: true,
  }),
  removeLabel: op({
    name: 'removeLabel',
    audiences: ['agent', 'operator'],
    method: 'DELETE',
    path: '/api/repos/:owner/:name/labels',
    summary: 'Remove a label, also from the pull requests that have it.',
    input: z.strictObject({ ...repo, label: labelName }),
    output: labels,
    errors: ['unknown_repo', 'forbidden', 'not_found', 'storage_unavailable', 'rate_exceeded'],
    cost: 150,
  }),
} as const;
