import * as z from 'zod';
import { op } from '../op.ts';
import { repoFilePath } from '../schemas/browse.ts';

/** Characters of a file, and files, of the declared state. */
export const DECLARED_BOUNDS = { chars: 200_000, files: 3_000 } as const;

/** The hive's declared state in the repository hive/config, which hived keeps up to date. */
export const declaredOperations = {
  writeDeclared: op({
    name: 'writeDeclared',
    audiences: ['hived'],
    method: 'PUT',
    path: '/api/declared',
    carriesFile: true,
    summary:
      'Make the files of hive/config these and the rules of branches, by one commit of the hive if anything differs.',
    input: z.strictObject({
      files: z
        .array(z.strictObject({ path: repoFilePath.min(1), text: z.string().max(DECLARED_BOUNDS.chars) }))
        .max(DECLARED_BOUNDS.files),
      message: z.string().min(1).max(20_000),
      /** Who made the change: an agent, the operator, or the program that they used. */
      author: z.string().min(1).max(64),
    }),
    /** `commit`: the newest one; `isNew`: something differed. */
    output: z.strictObject({ commit: z.string(), isNew: z.boolean() }),
    errors: ['contains_secret', 'forge_quota', 'service_unavailable', 'storage_unavailable'],
    repeatable: true,
  }),
} as const;
