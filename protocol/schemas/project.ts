import * as z from 'zod';
import { MEMBER_LEVELS } from '../access/repo-access.ts';
import { projectName } from '../names.ts';

/** An agent's level in each of its projects. */
export const memberships = z.record(projectName, z.enum(MEMBER_LEVELS));
