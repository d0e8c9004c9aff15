import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import {
  labelColor,
  labelDescription,
  labelName,
  MOST_LABELS_OF_PULL,
  type RepoLabel,
} from '../../../protocol/schemas/label.ts';
import { empty, json, listPage } from '../answer.ts';
import { readNumber, type RepoCall, repoRoute, unsupported } from '../route.ts';
import { toLabel } from '../shapes/label.ts';
import { readId } from './conversations.ts';

const read = { method: 'GET', scope: 'read:issue', right: 'look', cost: 60 } as const;
const write = { scope: 'write:issue', right: 'label', cost: 200 } as const;

type Call = RepoCall<unknown, unknown>;

const where = ({ base, repo }: Call) => ({ base, repo: `${repo.owner}/${repo.name}` });

const labelsOf = ({ backend, caller, repo }: Call) => backend.pulls.listLabels(caller, repo);

/** Gitea's clients write colours with the "#" and without. */
const color = z.preprocess((text) => (typeof text === 'string' ? text.replace(/^#?/, '#') : text), labelColor);
const absent = { exclusive: unsupported('exclusive labels'), is_archived: unsupported('archived labels') };

/** Labels by their ids, or by their names. */
const someLabels = z.array(z.union([z.int().positive(), labelName])).max(MOST_LABELS_OF_PULL);

/** The names of labels. Throws `not_found` for one that the repository does not have. */
export async function namesOf(call: Call, wanted: readonly (number | string)[]): Promise<string[]> {
  if (wanted.every((one) => typeof one === 'string')) return [...wanted];
  const labels = await labelsOf(call);
  return wanted.map((one) => (typeof one === 'string' ? one : labelOf(labels, one).name));
}

/** Ids of labels in the body of a pull request. */
export const labelIds = z.array(z.int().positive()).max(MOST_LABELS_OF_PULL);

function labelOf(labels: readonly RepoLabel[], id: number): RepoLabel {
  const found = labels.find((label) => label.id === id);
  if (found === undefined) throw new HiveError('not_found', `The repository has no label ${id}.`);
  return found;
}

/** Changes the labels of the pull request in the path; answers those that it has then. */
async function change(call: Call, labels: Parameters<Call['backend']['pulls']['edit']>[1]['labels']) {
  const { backend, caller, repo, signal, params } = call;
  const number = readNumber(params);
  const unchanged = { title: undefined, body: undefined, base: undefined, draft: undefined, state: undefined };
  await backend.pulls.edit(caller, { ...repo, ...unchanged, number, reviewers: [], labels, signal });
  return backend.browsePulls.labels(caller, { ...repo, number });
}

export const labelRoutes = [
  repoRoute({
    ...read,
    path: '/labels',
    summary: "A repository's labels, by name.",
    async handle(call) {
      const labels = await labelsOf(call);
      return listPage(
        labels.map((label) => toLabel(label, where(call))),
        call.page,
      );
    },
  }),
  repoRoute({
    ...read,
    path: '/labels/:id',
    summary: 'One of them.',
    async handle(call) {
      return json(toLabel(labelOf(await labelsOf(call), readId(call.params['id'])), where(call)));
    },
  }),
  repoRoute({
    ...write,
    method: 'POST',
    path: '/labels',
    summary: 'Make a label.',
    body: z.object({ name: labelName, color, description: labelDescription.default(''), ...absent }),
    async handle(call) {
      const { backend, caller, repo, signal, body } = call;
      const { name: label, color, description } = body;
      const sameName = (one: RepoLabel) => one.name.toLowerCase() === label.toLowerCase();
      if ((await labelsOf(call)).some(sameName)) throw new HiveError('duplicate_label');
      const wish = { ...repo, label, color, description, newName: undefined, signal };
      const made = (await backend.pulls.setLabel(caller, wish)).find(sameName);
      if (made === undefined) throw new HiveError('not_found');
      return json(toLabel(made, where(call)), 201);
    },
  }),
  repoRoute({
    ...write,
    method: 'PATCH',
    path: '/labels/:id',
    summary: 'Change a label. Pull requests keep it.',
    body: z.object({
      name: labelName.optional(),
      color: color.optional(),
      description: labelDescription.optional(),
      ...absent,
    }),
    async handle(call) {
      const { backend, caller, repo, signal, params, body } = call;
      const { id, name: label } = labelOf(await labelsOf(call), readId(params['id']));
      const wish = { ...repo, label, color: body.color, description: body.description, newName: body.name, signal };
      return json(toLabel(labelOf(await backend.pulls.setLabel(caller, wish), id), where(call)));
    },
  }),
  repoRoute({
    ...write,
    method: 'DELETE',
    path: '/labels/:id',
    summary: 'Remove a label, also from the pull requests that have it.',
    async handle(call) {
      const { backend, caller, repo, params } = call;
      const { name: label } = labelOf(await labelsOf(call), readId(params['id']));
      await backend.pulls.removeLabel(caller, { ...repo, label });
      return empty();
    },
  }),
  repoRoute({
    ...read,
    path: '/issues/:index/labels',
    summary: 'The labels of a pull request.',
    async handle(call) {
      const { backend, caller, repo, params } = call;
      const labels = await backend.browsePulls.labels(caller, { ...repo, number: readNumber(params) });
      return json(labels.map((label) => toLabel(label, where(call))));
    },
  }),
  repoRoute({
    ...write,
    method: 'POST',
    path: '/issues/:index/labels',
    summary: 'Add labels to a pull request, by their ids or names.',
    body: z.object({ labels: someLabels.default([]) }),
    async handle(call) {
      const labels = await change(call, { add: await namesOf(call, call.body.labels) });
      return json(labels.map((label) => toLabel(label, where(call))));
    },
  }),
  repoRoute({
    ...write,
    method: 'PUT',
    path: '/issues/:index/labels',
    summary: 'Give a pull request these labels and no others.',
    body: z.object({ labels: someLabels.default([]) }),
    async handle(call) {
      const labels = await change(call, { all: await namesOf(call, call.body.labels) });
      return json(labels.map((label) => toLabel(label, where(call))));
    },
  }),
  repoRoute({
    ...write,
    method: 'DELETE',
    path: '/issues/:index/labels',
    summary: 'Remove all labels from a pull request.',
    async handle(call) {
      await change(call, { all: [] });
      return empty();
    },
  }),
  repoRoute({
    ...write,
    method: 'DELETE',
    path: '/issues/:index/labels/:id',
    summary: 'Remove a label from a pull request.',
    async handle(call) {
      await change(call, { remove: await namesOf(call, [readId(call.params['id'])]) });
      return empty();
    },
  }),
];
