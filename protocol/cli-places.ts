/**
 * Places of the LLM CLIs within a toolchain: a directory for each version, and a file that names the version in use.
 * The toolchain itself has one path on the host and another in boxes (box-paths.ts).
 */

/** One version of a CLI. */
export interface CliVersion {
  readonly cli: string;
  readonly version: string;
}

/** The directory of one version: the files of its package, and `bin/<cli>`. Never changed once it exists. */
export function cliDir({ cli, version }: CliVersion): string {
  return `${cli}/${version}`;
}

/** The program of a CLI, in the directory of one of its versions. */
export function cliProgram(dir: string, cli: string): string {
  return `${dir}/bin/${cli}`;
}

/** The file that names the version of a CLI which new boxes get. */
export function cliInUse(cli: string): string {
  return `${cli}/version`;
}

/** As text: `name@1.2.3`. */
export function sayCli({ cli, version }: CliVersion): string {
  return `${cli}@${version}`;
}
