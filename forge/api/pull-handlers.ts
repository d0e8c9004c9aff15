import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { pullOperations } from '../../protocol/operations/pulls.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { PullBackend } from '../backend/pulls.ts';

/** Handlers of the operations on pull requests: a line shapes each answer. */
export function createPullHandlers(pulls: PullBackend): Handlers<typeof pullOperations, RepoCaller> {
  return {
    listPulls: ({ owner = null, name = null, author = null, label = null, before = null, state, limit }, { caller }) =>
      pulls.list(caller, { owner, name, author, label, before, state, limit }),
    openPull: async ({ base, ...wanted }, { caller, signal }) => ({
      pull: await pulls.open(caller, { ...wanted, base, signal }),
    }),
    describePull: (wanted, { caller, signal }) => pulls.describe(caller, { ...wanted, signal }),
    diffPull: ({ path, ...wanted }, { caller, signal }) => pulls.diff(caller, { ...wanted, path, signal }),
    reviewPull: async ({ commit, path, line, replyTo, ...review }, { caller, signal }) => ({
      entry: await pulls.review(caller, { ...review, commit, path, line, replyTo, signal }),
    }),
    editPull: async ({ title, body, base, draft, state, addLabels, removeLabels, ...edit }, { caller, signal }) => {
      const labels = { add: addLabels, remove: removeLabels };
      return { pull: await pulls.edit(caller, { ...edit, title, body, base, draft, state, labels, signal }) };
    },
    mergePull: ({ commit, ...wish }, { caller, signal }) => pulls.merge(caller, { ...wish, commit, signal }),
    listQueues: async ({ branch, ...path }, { caller }) => ({
      queues: await pulls.listQueues(caller, { ...path, branch }),
    }),
    leaveQueue: async (wanted, { caller }) => ({ pull: await pulls.leaveQueue(caller, wanted) }),
    updatePull: async ({ commit, ...wish }, { caller, signal }) => ({
      pull: await pulls.update(caller, { ...wish, commit, signal }),
    }),
    applySuggestion: async (wish, { caller, signal }) => ({
      pull: await pulls.applySuggestion(caller, { ...wish, signal }),
    }),
    revertPull: async (wish, { caller, signal }) => ({ pull: await pulls.revert(caller, { ...wish, signal }) }),
    listLabels: async (path, { caller }) => ({ labels: await pulls.listLabels(caller, path) }),
    setLabel: async ({ color, description, newName, ...wish }, { caller, signal }) => ({
      labels: await pulls.setLabel(caller, { ...wish, color, description, newName, signal }),
    }),
    removeLabel: async (wanted, { caller }) => ({ labels: await pulls.removeLabel(caller, wanted) }),
    listRules: async (path, { caller }) => ({ rules: await pulls.listRules(caller, path) }),
    setRule: async (rule, { caller }) => ({ rules: await pulls.setRule(caller, rule) }),
    removeRule: async (rule, { caller }) => ({ rules: await pulls.removeRule(caller, rule) }),
  };
}
