import { UnstyledButton } from '@mantine/core';
import { IconDownload, IconPaperclip } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { Attachment } from '../../../../protocol/schemas/message.ts';
import { saveAttachment } from '../data/files.ts';
import { formatBytes } from '../data/format.ts';
import { toPlainText } from '../data/plain-text.ts';
import classes from './attachments.module.css';

/** The attachments of a message; a click downloads the file. */
export function Attachments({ message, files }: { message: number; files: readonly Attachment[] }) {
  const save = useMutation({ mutationFn: (name: string) => saveAttachment(message, name) });
  return (
    <ul className={classes.files} aria-label="Attachments">
      {files.map(({ name, bytes }) => (
        <li key={name}>
          <UnstyledButton
            className={classes.file}
            aria-label={`Download ${toPlainText(name)}`}
            disabled={save.isPending && save.variables === name}
            onClick={() => save.mutate(name)}
          >
            <IconPaperclip size={14} stroke={1.8} aria-hidden />
            <span className={classes.name}>{toPlainText(name)}</span>
            <span className={classes.size}>{formatBytes(bytes)}</span>
            <IconDownload size={14} stroke={1.8} aria-hidden />
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
