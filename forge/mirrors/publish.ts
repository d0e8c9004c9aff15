import { sayPushedSecret } from '../../protocol/push-secret-words.ts';
import { shorten } from '../../system/text/cut-text.ts';
import { readRefs } from '../git/look.ts';
import { runOutsideGit } from '../outside/run-git.ts';
import { OutsideError } from '../outside/trouble.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { searchPush } from '../search/search-push.ts';
import { dropPublished, type Mirror, publishedRefs, putPublished } from '../store/mirrors.ts';
import { planPublish, type ToPublish } from './policy/plan-publish.ts';
import { type PushedRef, readReport } from './policy/read-report.ts';

export interface Transfer {
  readonly signal: AbortSignal;
  readonly hear: (step: string, percent: number) => void;
}

/** Branches and tags of one push; its arguments name them. */
const BATCH = 500;
/** What a server answers to a push is a few lines. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_CHARS = 300;

/**
 * Publishes what a push mirror has to: decided by the branches and tags of this moment, searched for secrets of the hive,
 * and recorded for each of them. Without `isForced` nothing outside is overwritten. Throws OutsideError when something
 * is not published; what is, is recorded.
 */
export async function publish(core: ForgeCore, mirror: Mirror, transfer: Transfer): Promise<void> {
  const path = core.places.repositoryDir(mirror);
  const published = publishedRefs(core.db, mirror.id);
  const plan = planPublish(
    { refs: await readRefs(core.git, path), defaultBranch: mirror.defaultBranch },
    mirror,
    published,
  );
  for (const ref of plan.gone) dropPublished(core.db, mirror.id, ref);
  if (plan.publish.length === 0) return;
  await assertNoSecrets(
    core,
    { path, mirror, publish: plan.publish, known: published.flatMap(({ oid }) => oid ?? []) },
    transfer,
  );
  const failed: PushedRef[] = [];
  for (let start = 0; start < plan.publish.length; start += BATCH)
    failed.push(
      ...(await pushBatch(core, { path, mirror, batch: plan.publish.slice(start, start + BATCH) }, transfer)),
    );
  if (failed.length > 0) throw explain(mirror, failed);
}

/**
 * A secret that was set after it was pushed here is in no search of a push any more; published, it would be out for good.
 */
async function assertNoSecrets(
  core: ForgeCore,
  {
    path,
    mirror,
    publish,
    known,
  }: { path: string; mirror: Mirror; publish: readonly ToPublish[]; known: readonly string[] },
  { signal }: Transfer,
): Promise<void> {
  const outgoing = { path, quarantine: null, refs: publish, known };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(core.limits.searchMs)]);
  const found = await searchPush(core, outgoing, limit);
  if (found === null) return;
  throw new OutsideError({
    kind: 'secret',
    words: `What would be published to ${mirror.url} contains secrets of this hive: ${found.places.map(sayPushedSecret).join('; ')}. Change the values, or remove them from the history.`,
  });
}

/** Resolves with those that the server did not take. */
async function pushBatch(
  core: ForgeCore,
  { path, mirror, batch }: { path: string; mirror: Mirror; batch: readonly ToPublish[] },
  { signal, hear }: Transfer,
): Promise<PushedRef[]> {
  const { url, isForced } = mirror;
  const specs = batch.map(({ ref, oid }) => `${isForced ? '+' : ''}${oid}:${ref}`);
  const { stdout } = await runOutsideGit(core, {
    argv: [`--git-dir=${path}`, 'push', '--porcelain', '--progress', '--no-verify', '--', url, ...specs],
    url,
    followsRedirects: false,
    maxBytes: MOST_BYTES,
    limitMs: core.limits.totalMs,
    // Some were taken, and the report says which.
    accepts: ({ code, stdout: report }) => code === 1 && readReport(report).length === batch.length,
    hear,
    signal,
  });
  const report = readReport(stdout);
  const at = core.clock();
  const record = core.db.transaction(() => {
    for (const { ref, oid } of batch) {
      const result = report.find((one) => one.ref === ref);
      const error = result === undefined ? 'git did not say what became of it' : result.error;
      putPublished(core.db, mirror.id, {
        ref,
        oid: error === null ? oid : null,
        at,
        error: error === null ? null : clean(error),
      });
    }
  });
  record.immediate();
  return report.filter(({ error }) => error !== null);
}

function explain({ url, isForced }: Mirror, failed: readonly PushedRef[]): OutsideError {
  const names = failed.slice(0, 5).map(({ ref }) => ref.replace(/^refs\/(?:heads|tags)\//, ''));
  const which = `${names.join(', ')}${failed.length > names.length ? ` and ${failed.length - names.length} more` : ''}`;
  const diverged = failed.filter((one) => one.isDiverged);
  if (diverged.length === failed.length && !isForced)
    return new OutsideError({
      kind: 'diverged',
      words: `${url} has other commits in ${which}, which would be lost. Bring them in here first, or remove the mirror and add it again with --force, which overwrites them.`,
    });
  const [first] = failed.filter((one) => !one.isDiverged);
  return new OutsideError({
    kind: 'rejected',
    words: `${url} does not take ${which}: ${clean(first?.error ?? failed[0]?.error ?? '')}`,
  });
}

function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return shorten(text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim(), MOST_CHARS);
}
