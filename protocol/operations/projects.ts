import * as z from 'zod';
import { agentName, projectName } from '../names.ts';
import { op } from '../op.ts';
import { projectDescription, projectView } from '../schemas/project.ts';

/** Projects: owners of repositories with members. Specs say who is a member, so there is no operation for it here. */
export const projectOperations = {
  listProjects: op({
    name: 'listProjects',
    audiences: ['operator'],
    method: 'GET',
    path: '/projects',
    summary: 'Every project, with the agents whose specs name it and the level of each.',
    input: z.strictObject({}),
    output: z.strictObject({ projects: z.array(projectView) }),
    errors: [],
  }),
  getProject: op({
    name: 'getProject',
    audiences: ['operator'],
    method: 'GET',
    path: '/projects/:name',
    summary: 'One project and its members.',
    input: z.strictObject({ name: projectName }),
    output: z.strictObject({ project: projectView }),
    errors: ['unknown_project'],
  }),
} as const;

/** Changes of projects, which are reserved to hivectl. */
export const projectChanges = {
  createProject: op({
    name: 'createProject',
    audiences: ['admin'],
    method: 'POST',
    path: '/projects',
    summary: 'Make a project without members. Its name is one that no agent has.',
    input: z.strictObject({ name: projectName, description: projectDescription.default('') }),
    output: z.strictObject({ project: projectView }),
    errors: ['duplicate_project', 'busy', 'storage_unavailable'],
  }),
  removeProject: op({
    name: 'removeProject',
    audiences: ['admin'],
    method: 'DELETE',
    path: '/projects/:name',
    summary:
      'Remove a project. While agents are in it this is refused, unless `members` repeats its name: then it is taken out of their specs. Its repositories stay.',
    input: z.strictObject({ name: projectName, members: z.string().optional() }),
    output: z.strictObject({
      name: projectName,
      /** The agents that it was taken from. */
      left: z.array(agentName),
    }),
    errors: ['unknown_project', 'project_in_use', 'name_mismatch', 'storage_unavailable'],
  }),
} as const;
