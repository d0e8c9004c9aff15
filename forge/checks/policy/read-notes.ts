import { type CheckNote, NOTE_LEVELS, type NoteLevel } from '../../../protocol/schemas/check.ts';

const MARK = new RegExp(`^::(${NOTE_LEVELS.join('|')})(?: ([^:]{0,500}))?::(.{1,2000})$`);
const MOST_MESSAGE_CHARS = 500;

/** The lines of an output that name a place: `::error file=src/a.ts,line=3::it is wrong`. Other lines are no notes. */
export function readNotes(text: string): CheckNote[] {
  return text.split('\n').flatMap((line) => {
    const [, level, fields = '', message = ''] = MARK.exec(line.trimEnd()) ?? [];
    if (level === undefined) return [];
    const given = new Map(
      fields.split(',').map((field) => {
        const at = field.indexOf('=');
        return [field.slice(0, at).trim(), field.slice(at + 1).trim()] as const;
      }),
    );
    const at = Number(given.get('line'));
    const path = given.get('file') ?? '';
    return [
      {
        level: level as NoteLevel,
        path: path === '' ? null : path.slice(0, MOST_MESSAGE_CHARS),
        line: Number.isSafeInteger(at) && at > 0 ? at : null,
        message: message.slice(0, MOST_MESSAGE_CHARS),
      },
    ];
  });
}
