import type { Module } from '../../core/module.ts';
import type { DiskWatch } from './watch-disk.ts';

/** The disk of the hive's files, and its use by owner. */
export function diskModule({ disk }: { disk: Pick<DiskWatch, 'report' | 'forget' | 'run'> }) {
  return {
    name: 'disk',
    handlers: { admin: { disk: () => disk.report('now') } },
    forgetAgent: disk.forget,
    run: disk.run,
  } satisfies Module;
}
