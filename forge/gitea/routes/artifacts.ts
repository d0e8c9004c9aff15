import { file } from '../answer.ts';
import { repoRoute } from '../route.ts';
import { readId } from './conversations.ts';

export const artifactRoutes = [
  repoRoute({
    method: 'GET',
    path: '/checks/:run/artifacts/:id',
    scope: 'read:repository',
    right: 'look',
    cost: 200,
    summary:
      'Not a path of Gitea: the bytes of a file that a run of a check handed over, as an attachment. `hivectl forge check artifacts ls` shows their numbers.',
    async handle({ backend, caller, repo, params }) {
      const wanted = { ...repo, run: readId(params['run']), artifact: readId(params['id']) };
      const whole = { offset: 0, limit: backend.limits.maxArtifactBytes };
      const { artifact, bytes } = await backend.checks.artifact(caller, { ...wanted, ...whole });
      return file(bytes, artifact.name.slice(artifact.name.lastIndexOf('/') + 1));
    },
  }),
];
