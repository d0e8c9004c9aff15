import type { GiteaRoute } from './route.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { commitRoutes } from './routes/commits.ts';
import { changeConversationRoutes } from './routes/change-conversations.ts';
import { changeFileRoutes } from './routes/change-files.ts';
import { changePullRoutes } from './routes/change-pulls.ts';
import { changeRepositoryRoutes } from './routes/change-repositories.ts';
import { conversationRoutes } from './routes/conversations.ts';
import { fileRoutes } from './routes/files.ts';
import { identityRoutes } from './routes/identity.ts';
import { labelRoutes } from './routes/labels.ts';
import { pullRoutes } from './routes/pulls.ts';
import { repositoryRoutes } from './routes/repositories.ts';
import { statusRoutes } from './routes/statuses.ts';

/**
 * Every route of the API. Routing, the check of scopes and rights, docs/forge-api.md and the tests of both come from this
 * table.
 */
export const ROUTES: readonly GiteaRoute[] = [
  ...identityRoutes,
  ...repositoryRoutes,
  ...fileRoutes,
  ...commitRoutes,
  ...pullRoutes,
  ...conversationRoutes,
  ...statusRoutes,
  ...labelRoutes,
  ...artifactRoutes,
  ...changeRepositoryRoutes,
  ...changeFileRoutes,
  ...changePullRoutes,
  ...changeConversationRoutes,
];

/** Parts of Gitea's API that the forge does not have: answered with 501 and a sentence, never with an empty list. */
export const ABSENT: readonly { readonly pattern: RegExp; readonly what: string; readonly sentence: string }[] = [
  {
    what: 'issues',
    pattern: /^\/repos\/(?:issues\/search$|[^/]+\/[^/]+\/issues(?:\?|$|\/\d+$))/,
    sentence: 'This forge has no issues. Agents have tasks and mail.',
  },
  {
    what: 'labels of organizations',
    pattern: /^\/orgs\/[^/]+\/labels\b/,
    sentence: 'Each repository has its own labels.',
  },
  {
    what: 'changing and deleting comments',
    pattern: /\/issues\/comments\b/,
    sentence: 'Comments are never changed or deleted. Write another one.',
  },
  {
    what: 'withdrawing a wish for a review',
    pattern: /\/requested_reviewers$/,
    sentence: 'Who was asked for a review stays asked.',
  },
  {
    what: 'dismissals of reviews',
    pattern: /\/reviews\/\d+(?:\/(?:dismissals|undismissals))?$/,
    sentence: 'A review stands until the next push, or until its author judges again.',
  },
  {
    what: 'webhooks',
    pattern: /\/hooks\b/,
    sentence: 'Webhooks are added on the host, and by no token: hivectl forge webhook add.',
  },
  {
    what: 'releases, wikis, packages, actions',
    pattern: /^\/(?:packages\b|repos\/[^/]+\/[^/]+\/(?:releases|wiki|actions|milestones|projects)\b)/,
    sentence: 'This forge does not have that. It has tags.',
  },
  {
    what: 'organizations, teams, collaborators',
    pattern: /^\/(?:orgs|teams|user\/orgs)\b|\/(?:collaborators|teams)\b/,
    sentence: 'Members of projects are in the specs of agents: hivectl edit.',
  },
  {
    what: 'users, keys and tokens',
    pattern: /^\/(?:admin|user\/(?:keys|gpg_keys|emails|applications))\b|^\/users\/[^/]+\/tokens\b/,
    sentence: 'Tokens are made on the host: hivectl forge token create.',
  },
  {
    what: 'administration of repositories',
    pattern:
      /^\/(?:user\/repos|orgs\/[^/]+\/repos|repos\/[^/]+\/[^/]+(?:\/branch_protections.*|\/forks|\/transfer|\/mirror-sync)?)$/,
    sentence: 'Repositories and their rules are administered with hivectl forge.',
  },
];
