import {
  type HiveSkills,
  joinSkills,
  NO_SKILLS,
  readSkills,
  SKILL_BOUNDS,
  SKILL_FILE,
  type SkillSource,
} from '../../protocol/told/skills.ts';
import { readInEach } from '../../system/read-in-each.ts';
import { readFrontMatter } from '../../system/text/read-front-matter.ts';

/** The hive's skills as they were read last. */
export interface FollowedSkills {
  offered(): HiveSkills['offered'];
  /** Reads them again: true if others are offered, or with other descriptions. */
  readAgain(): Promise<boolean>;
}

/** Follows the directories with skills. Reads nothing yet. */
export function followSkills(dirs: Readonly<Record<SkillSource, string>>, log: (line: string) => void): FollowedSkills {
  let last = NO_SKILLS;
  return {
    offered: () => last.offered,
    async readAgain() {
      const before = last;
      const read = async (dir: string) => readSkills(await readInEach(dir, SKILL_FILE, SKILL_BOUNDS), readFrontMatter);
      last = joinSkills({ operator: await read(dirs.operator), docs: await read(dirs.docs) });
      for (const { name, why } of last.skipped)
        if (!before.skipped.some((one) => one.name === name && one.why === why))
          log(`the skill ${JSON.stringify(name)} is not offered: ${why}`);
      return JSON.stringify(last.offered) !== JSON.stringify(before.offered);
    },
  };
}
