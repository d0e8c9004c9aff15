import { agentName, OPERATOR } from '../../protocol/names.ts';
import { sayPushedSecret } from '../../protocol/push-secret-words.ts';
import type { FactMail } from '../../protocol/schemas/forge-fact.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { secretRefusals } from '../store/facts.ts';
import type { FoundInPush } from './search-push.ts';

/**
 * Records that a push was refused for its secrets, with a notice to the operator: once in `secretsEveryMs` for the same
 * pusher, repository and secrets, and at most `maxSecretReports` for one pusher, so that nobody floods the operator.
 */
export function noteSecrets(core: ForgeCore, push: { by: string; repo: string; found: FoundInPush }): void {
  const { by, repo, found } = push;
  const at = core.clock();
  const { secretsEveryMs, maxSecretReports } = core.limits;
  const secrets = [...new Set(found.places.map(({ secret }) => secret))].sort();
  const known = secretRefusals(core.db, { by, since: at - secretsEveryMs });
  if (known.length >= maxSecretReports) return;
  if (known.some((one) => one.repo === repo && secrets.every((secret) => one.secrets.includes(secret)))) return;
  core.outbox.add({
    at,
    kind: 'forge.secret_refused',
    by,
    repo,
    data: { secrets, places: [...found.places] },
    mail: [composeMail({ by, repo, found, secrets })].filter((mail) => mail !== null),
  });
  core.outbox.announce();
}

/** The operator sits at the terminal that shows the refusal of their own push. */
function composeMail(push: {
  by: string;
  repo: string;
  found: FoundInPush;
  secrets: readonly string[];
}): FactMail | null {
  const { by, repo, found, secrets } = push;
  if (!agentName.safeParse(by).success) return null;
  const [first] = found.places;
  return {
    to: OPERATOR,
    priority: 'normal',
    notice: 'interruption',
    body: [
      `${by} pushed ${secrets.length === 1 ? 'a secret' : 'secrets'} to `,
      { quote: repo },
      '; the push was refused, and nothing of it is stored. First place: ',
      { quote: first === undefined ? '' : sayPushedSecret(first) },
      `. Look at what the agent does with it: hivectl tail ${by}`,
    ],
  };
}
