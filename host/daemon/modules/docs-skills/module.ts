import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import type { Module } from '../../core/module.ts';
import { createDocsFollower, type DocsSkillsDeps } from './follow-docs.ts';

const DOCS_NAME = 'shared/docs';

/** Skills that every agent is offered from the repository shared/docs. */
export function docsSkillsModule(deps: DocsSkillsDeps) {
  const follower = createDocsFollower(deps);
  return {
    name: 'docs-skills',
    run: follower.run,
    onEvent(event: HiveEvent) {
      // Whatever happened to the docs: asking for their commit costs little.
      if (event.kind.startsWith('forge.') && (event.data as { repo?: unknown }).repo === DOCS_NAME) follower.moved();
    },
  } satisfies Module;
}
