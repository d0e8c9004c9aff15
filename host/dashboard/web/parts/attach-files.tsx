import { ActionIcon, FileButton, Tooltip, UnstyledButton } from '@mantine/core';
import { IconPaperclip, IconX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { Attachment } from '../../../../protocol/schemas/message.ts';
import { makeUniqueName } from '../data/draft.ts';
import { uploadFile } from '../data/files.ts';
import { formatBytes } from '../data/format.ts';
import classes from './attachments.module.css';

interface Chosen {
  files: readonly File[];
  /** The files that are attached already; new files get names that differ from theirs. */
  present: readonly Attachment[];
}

/** Uploads files one after the other; calls `onUploaded` after each. */
export function useAttach(onUploaded: (file: Attachment) => void) {
  return useMutation({
    mutationFn: async ({ files, present }: Chosen) => {
      const attached = [...present];
      for (const file of files) {
        const name = makeUniqueName(file.name, attached);
        const attachment = await uploadFile(name === file.name ? file : new File([file], name));
        attached.push(attachment);
        onUploaded(attachment);
      }
    },
  });
}

/** Opens the file dialog and uploads the chosen files. */
export function AttachButton({
  present,
  attach,
}: {
  present: readonly Attachment[];
  attach: ReturnType<typeof useAttach>;
}) {
  return (
    <FileButton multiple onChange={(files) => attach.mutate({ files, present })}>
      {(props) => (
        <Tooltip label="Attach files, up to 10 MB each">
          <ActionIcon {...props} variant="subtle" color="gray" aria-label="Attach files" loading={attach.isPending}>
            <IconPaperclip size={17} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      )}
    </FileButton>
  );
}

/** The files attached to a draft; each can be removed. */
export function AttachedFiles({ files, onRemove }: { files: readonly Attachment[]; onRemove: (name: string) => void }) {
  if (files.length === 0) return null;
  return (
    <ul className={classes.files} aria-label="Attached files" style={{ margin: '0 0 10px' }}>
      {files.map(({ name, bytes }) => (
        <li key={name} className={classes.file}>
          <IconPaperclip size={14} stroke={1.8} aria-hidden />
          <span className={classes.name}>{name}</span>
          <span className={classes.size}>{formatBytes(bytes)}</span>
          <UnstyledButton aria-label={`Remove ${name}`} onClick={() => onRemove(name)} lh={0}>
            <IconX size={14} stroke={1.8} />
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
