import { HiveError } from '../../../../protocol/errors.ts';
import { forgeSurface } from '../../../../protocol/operations/services.ts';
import { createWakeups, pause, type Wakeups } from '../../../../system/pause.ts';
import { connectSurface } from '../../../../wire/client.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { DocsSkills } from '../../node/docs-skills.ts';
import { findCommit, readDocs } from './read-docs.ts';

export interface DocsSkillsDeps {
  /** Whether agents are offered skills of the docs (`skills.from_docs`). */
  readonly isOn: boolean;
  readonly skills: DocsSkills;
  readonly events: Pick<EventLog, 'record'>;
  /** The path of the forge's socket for hived. */
  readonly socket: string;
}

/** Pause before the forge is asked again when it did not answer. */
const AGAIN_MS = 2_000;

/** Follows the skills of the shared docs; `moved` is called whenever the docs may have changed. */
export interface DocsFollower {
  moved(): void;
  run(signal: AbortSignal, onError: (error: unknown) => void): Promise<void>;
}

export function createDocsFollower(deps: DocsSkillsDeps): DocsFollower {
  const wakeups: Wakeups = createWakeups();
  let asked = 1;
  return {
    moved() {
      asked += 1;
      wakeups.wake();
    },
    async run(signal, onError) {
      if (!deps.isOn) return deps.skills.clear();
      const forge = connectSurface(forgeSurface, deps.socket, { connections: 1 });
      await deps.skills.tidy();
      let done = 0;
      let told = false;
      try {
        // At first what a hived before this one missed is caught up with.
        while (!signal.aborted) {
          const wanted = asked;
          try {
            await takeOver(deps, forge, signal);
            done = wanted;
            told = false;
          } catch (error) {
            if (signal.aborted) return;
            // Its supervisor logs why the forge does not answer. What else fails is reported once.
            if (!(error instanceof HiveError) && !told) onError(error);
            told ||= !(error instanceof HiveError);
            await pause(AGAIN_MS, signal);
          }
          if (done === asked) await wakeups.wait(Infinity, signal);
        }
      } finally {
        await forge.close();
      }
    },
  };
}

type Forge = Parameters<typeof readDocs>[0];

async function takeOver({ skills, events }: DocsSkillsDeps, forge: Forge, signal: AbortSignal): Promise<void> {
  const before = await skills.origin();
  if (before !== null && before.commit === (await findCommit(forge, signal))) return;
  const read = await readDocs(forge, signal);
  await skills.replace(read);
  if (read.commit === null && (before === null || before.commit === null)) return;
  const names = [...new Set(read.files.map(({ path }) => path.slice(0, path.indexOf('/'))))];
  await events.record('skills.changed', { data: { repo: 'shared/docs', commit: read.commit, skills: names } });
}
