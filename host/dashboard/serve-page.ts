import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HiveError } from '../../protocol/errors.ts';
import { PAGE_PATHS } from './page-paths.ts';

/** Files beside the page whose names carry no hash. */
const PLAIN_FILES = ['favicon.svg', 'color-scheme.js'];

/**
 * Serves the built page: assets, which have hashed names, are cached for a year; everything else is revalidated each time.
 * Throws `setup_failed` when `webDir` has no built page.
 */
export async function servePage(app: FastifyInstance, webDir: string): Promise<void> {
  const index = await readFile(join(webDir, 'index.html'), 'utf8').catch((cause: unknown) => {
    throw new HiveError('setup_failed', `There is no built page in ${webDir}. Run "npm run build".`, { cause });
  });
  const sendIndex = async (_request: FastifyRequest, reply: FastifyReply) =>
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(index);

  await app.register(fastifyStatic, {
    root: join(webDir, 'assets'),
    prefix: '/assets/',
    immutable: true,
    maxAge: '365d',
    index: false,
  });
  for (const file of PLAIN_FILES)
    app.get(`/${file}`, async (_request, reply) => reply.sendFile(file, webDir, { immutable: false, maxAge: 0 }));
  for (const route of Object.values(PAGE_PATHS)) app.get(route, sendIndex);

  // Unknown path: a browser gets the page, which shows "not found"; any other client gets JSON.
  app.get('/*', async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const wantsPage = request.headers.accept?.includes('text/html') === true;
    if (wantsPage) return sendIndex(request, reply.status(404));
    throw new HiveError('not_found', `There is no ${path} here.`);
  });
}
