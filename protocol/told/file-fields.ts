/** A field in which a model gives paths, and hived expects uploaded files. */
export interface FileField {
  /** The tool's field. */
  readonly offered: string;
  /** The operation's field. */
  readonly declared: string;
  readonly many: boolean;
  readonly schema: object;
}

/** Those of each operation that has one. */
export const FILE_FIELDS: Partial<Record<string, FileField>> = {
  send: {
    offered: 'files',
    declared: 'attachments',
    many: true,
    schema: { type: 'array', items: { type: 'string' }, description: 'Paths.' },
  },
  remind: {
    offered: 'file',
    declared: 'attachment',
    many: false,
    schema: { type: 'string', description: 'A path.' },
  },
};
