import type { Module } from '../../core/module.ts';
import { handleProjects, type ProjectDeps } from './handlers.ts';

/** Projects: owners of repositories in the forge. Their members are declared in the specs of agents. */
export function projectsModule(deps: ProjectDeps) {
  return { name: 'projects', handlers: handleProjects(deps) } satisfies Module;
}
