/** What is taken over from the shared docs: more is left out, with a word why. */
export const DOCS_BOUNDS = {
  /** Directories below skills/, by name. */
  skills: 50,
  filesPerSkill: 40,
  directoriesPerSkill: 20,
  bytesPerFile: 256 * 1024,
  /** Of all skills together. */
  bytes: 4 * 1024 * 1024,
} as const;

/** Names of files and directories in a skill: nothing hidden, and nothing that leads elsewhere. */
export const PART_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;
