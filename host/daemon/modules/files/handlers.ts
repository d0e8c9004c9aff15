import { OPERATOR } from '../../../../protocol/names.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import type { Files } from './keep-files.ts';

export function handleFiles({ files }: { files: Pick<Files, 'upload' | 'download'> }) {
  return {
    agent: {
      upload: (input, { caller }) => files.upload(caller, input),
      download: (input, { caller }) => files.download(caller, input),
    },
    operator: {
      upload: (input) => files.upload(OPERATOR, input),
      download: (input) => files.download(OPERATOR, input),
    },
  } satisfies ModuleHandlers;
}
