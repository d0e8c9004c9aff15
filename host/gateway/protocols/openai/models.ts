import * as z from 'zod';
import type { Probe } from '../protocol.ts';

const modelList = z.object({ object: z.literal('list'), data: z.array(z.object({ id: z.string() })) });
const errorAnswer = z.object({ error: z.object({ message: z.string() }) });

export const probe: Probe = {
  path: '/models',
  callPath: '/chat/completions',
  headers: {},
  isModelList: (body) => modelList.safeParse(body).success,
  errorMessage: (body) => errorAnswer.safeParse(body).data?.error.message ?? null,
};

/** Each model has its own limit, which its dated versions share. */
export function classOf(model: string): string {
  return model.replace(/-\d{4}-\d{2}-\d{2}$/, '');
}

/** The demo model's list of models, which has only itself. */
export function listModels(): unknown {
  return { object: 'list', data: [{ id: 'demo', object: 'model', created: 0, owned_by: 'hive' }] };
}
