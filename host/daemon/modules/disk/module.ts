import type { Module } from '../../core/module.ts';
import type { DiskWatch } from './watch-disk.ts';

/** The disk that the hive's files lie on, and who fills it. */
export function diskModule({ disk }: { disk: Pick<DiskWatch, 'report' | 'forget' | 'run'> }) {
  return {
    name: 'disk',
    handlers: { admin: { disk: () => disk.report('now') } },
    forgetAgent: disk.forget,
    run: disk.run,
  } satisfies Module;
}
