import { runInBox } from './run-in-box.ts';
import type { TestHive } from './test-hive.ts';

/**
 * Files and processes of a box that contain a secret, or one of several strings. The script never spells them, so that
 * it does not find itself. The image's programs and the toolchain are left out: they are the same in every box, and
 * read-only.
 */
export function searchBox(
  hive: TestHive,
  agent: string,
  secret: string | readonly string[],
): Promise<{ found: string[]; files: number; processes: number }> {
  return runInBox<{ found: string[]; files: number; processes: number }>(
    hive,
    agent,
    `import { readFileSync, readdirSync } from 'node:fs';
      const turn = (text) => text.split('').reverse().join('');
      const needles = ${JSON.stringify([secret].flat().map((text) => text.split('').reverse().join('')))}.map((text) => Buffer.from(turn(text)));
      const found = []; let files = 0; let processes = 0;
      const scan = (path) => { try { const bytes = readFileSync(path); if (needles.some((needle) => bytes.includes(needle))) found.push(path); return true; } catch { return false; } };
      const walk = (dir) => {
        let entries = [];
        try { entries = readdirSync(dir, { withFileTypes: true }); } catch { return; }
        for (const entry of entries) {
          const path = (dir === '/' ? '' : dir) + '/' + entry.name;
          if (['/proc', '/sys', '/dev', '/usr', '/opt'].includes(path)) continue;
          if (entry.isDirectory()) walk(path);
          else if (entry.isFile() && scan(path)) files += 1;
        }
      };
      walk('/');
      for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
        if (scan('/proc/' + pid + '/environ')) processes += 1;
        scan('/proc/' + pid + '/cmdline');
      }
      console.log(JSON.stringify({ found, files, processes }));`,
  );
}
