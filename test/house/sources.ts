import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const TOP = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Trust zones, and the shared folders. A path belongs to the first one that is a prefix of it. */
export const ZONES = [
  'host/daemon',
  'host/gateway',
  'host/dashboard',
  'host/cli',
  'harness',
  'forge',
  'protocol',
  'system',
  'wire',
  'store',
  'images',
  'test',
] as const;
export type Zone = (typeof ZONES)[number];

export interface SourceFile {
  /** From the top of the checkout, with slashes. */
  readonly path: string;
  readonly zone: Zone;
  /** Tests beside the code, and their helpers. */
  readonly isTest: boolean;
  readonly text: string;
}

/** Every source file of every zone. */
export function readSources(): SourceFile[] {
  const tops = [...new Set(ZONES.map((zone) => zone.split('/')[0] ?? zone))];
  return tops.flatMap((top) =>
    readdirSync(join(TOP, top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|tsx|mts|mjs)$/.test(entry.name))
      .map((entry) => relative(TOP, join(entry.parentPath, entry.name)))
      .map((path) => ({
        path,
        zone: zoneOf(path) ?? fail(`${path} lies in no zone`),
        isTest: /\.test\.tsx?$|\/(testing|fixtures)\//.test(path),
        text: readFileSync(join(TOP, path), 'utf8'),
      })),
  );
}

export function zoneOf(path: string): Zone | null {
  return ZONES.find((zone) => path === zone || path.startsWith(`${zone}/`)) ?? null;
}

/** The imports of a file, as written: static, re-exports, dynamic, types, side effects. */
export function importsOf(text: string): string[] {
  const statements =
    /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...text.matchAll(statements)].map((match) => match[1] ?? match[2] ?? '');
}

function fail(message: string): never {
  throw new Error(message);
}
