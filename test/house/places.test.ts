import { describe, expect, test } from 'vitest';
import { readSources, type SourceFile } from './sources.ts';

/** The module that turns references to places into paths. */
const NODE = 'host/daemon/node/';
/** The one table of paths inside boxes. */
const TABLE = 'protocol/box-paths.ts';
/** The files in which the directories of a node are read from the configuration and passed to the node. */
const HANDS_OVER = ['host/daemon/config.ts', 'host/daemon/open-core.ts'];
/** Zones that deal with boxes and their files. Pages and operations have URLs like `/agents/NAME` of their own. */
const CONCERNED = ['host/daemon', 'host/gateway', 'harness', 'forge', 'wire', 'store'];

interface Rule {
  readonly what: string;
  readonly pattern: RegExp;
  readonly mayStandIn: (path: string) => boolean;
}

const RULES: readonly Rule[] = [
  {
    what: 'makes a path inside boxes; take it from the table',
    pattern: /['"`]\/(?:(?:opt\/hive|run\/hive|shared)(?=['"`/])|agents\/\$\{)/,
    mayStandIn: (path) => path === TABLE,
  },
  {
    what: "names an agent's socket; hived tells where it is",
    pattern: /\bagent\.sock\b/,
    mayStandIn: (path) => path === TABLE,
  },
  {
    what: "makes an agent's path on its node",
    pattern: /\bagentPlaces\b|\/agents\/\$\{/,
    mayStandIn: (path) => path.startsWith(NODE) || path === TABLE,
  },
  {
    what: "uses the node's directories; ask the node",
    pattern: /\bplaces\.node\b|\bNodeDirs\b/,
    mayStandIn: (path) => path.startsWith(NODE) || HANDS_OVER.includes(path),
  },
];

/** Finds paths in code; comments may name paths. */
function findPaths({ path, text }: Pick<SourceFile, 'path' | 'text'>): string[] {
  const code = text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  return RULES.filter((rule) => !rule.mayStandIn(path) && rule.pattern.test(code)).map(({ what }) => `${path} ${what}`);
}

describe('places', () => {
  test('no path of a box is built outside the module of the node', () => {
    const sources = readSources().filter(
      ({ zone, isTest, path }) => !isTest && (CONCERNED.includes(zone) || path === TABLE),
    );
    expect(sources.length).toBeGreaterThan(300);
    expect(sources.flatMap(findPaths)).toEqual([]);
  });

  test.each([
    ["join(agentPlaces(dirs, name).files, 'state')", 1],
    ['const home = `/agents/${name}/state`;', 2],
    ["join(dir, name, 'forge', 'agent.sock')", 1],
    ["const toolchain = '/opt/hive';", 1],
    ['join(places.node.agents, name)', 1],
    ["// Mounted at '/opt/hive', see agentPlaces.", 0],
    ["import { agentNames } from '../agents/store/agents.ts';", 0],
  ])('finds in %s %i', (text, count) => {
    expect(findPaths({ path: 'host/daemon/modules/boxes/plan-box.ts', text })).toHaveLength(count);
  });
});
