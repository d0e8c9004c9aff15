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
  return <FileList label="Attachments" files={files} save={({ name }) => saveAttachment(message, name)} />;
}

/** Files that somebody handed over; a click downloads one. */
export function FileList<F extends { readonly name: string; readonly bytes: number }>(props: {
  label: string;
  files: readonly F[];
  save: (file: F) => Promise<void>;
}) {
  const save = useMutation({ mutationFn: props.save });
  return (
    <ul className={classes.files} aria-label={props.label}>
      {props.files.map((file) => (
        <li key={file.name}>
          <UnstyledButton
            className={classes.file}
            aria-label={`Download ${toPlainText(file.name)}`}
            disabled={save.isPending && save.variables === file}
            onClick={() => save.mutate(file)}
          >
            <IconPaperclip size={14} stroke={1.8} aria-hidden />
            <span className={classes.name}>{toPlainText(file.name)}</span>
            <span className={classes.size}>{formatBytes(file.bytes)}</span>
            <IconDownload size={14} stroke={1.8} aria-hidden />
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
