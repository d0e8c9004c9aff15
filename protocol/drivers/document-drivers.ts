import { CAPABILITIES, type CapabilityName } from './driver-facts.ts';
import { DRIVER_NAMES, DRIVERS } from './drivers.ts';

/** The table of docs/drivers.md, as Markdown. */
export function documentDrivers(): string {
  const columns = DRIVER_NAMES.map((name) => ({ name, facts: DRIVERS[name] }));
  const row = (title: string, cells: readonly string[]) => `| ${[title, ...cells].join(' | ')} |`;
  const rules = Object.keys(CAPABILITIES) as CapabilityName[];
  return [
    row(
      '',
      columns.map(({ name }) => `\`${name}\``),
    ),
    `|${'---|'.repeat(columns.length + 1)}`,
    row(
      'drives',
      columns.map(({ facts }) => facts.title),
    ),
    row(
      'needs in the box',
      columns.map(({ facts }) => (facts.cli === null ? 'nothing' : `the CLI \`${facts.cli}\` of the toolchain`)),
    ),
    row(
      '`command` in the spec',
      columns.map(({ facts }) => (facts.command === 'required' ? 'the program to run' : 'none')),
    ),
    ...rules.map((rule) =>
      row(
        CAPABILITIES[rule].about,
        columns.map(
          ({ facts }) => (CAPABILITIES[rule].values as Record<string, string>)[facts.capabilities[rule]] ?? '',
        ),
      ),
    ),
  ].join('\n');
}
