import { ColorInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { DEFAULT_LABEL_COLOR, LABEL_COLORS } from '../../../../protocol/label-colors.ts';
import type { RepoLabel } from '../../../../protocol/schemas/label.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useFormChange } from '../data/mutations.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { FormDialog } from './form-dialog.tsx';
import { TextField } from './text-field.tsx';

/** The form of a label; `given` null: a new one. */
export function LabelForm(props: { owner: string; name: string; given: RepoLabel | null; onClose: () => void }) {
  const { owner, name, given, onClose } = props;
  const [label, setLabel] = useState(given?.name ?? '');
  const [color, setColor] = useState(given?.color ?? DEFAULT_LABEL_COLOR);
  const [description, setDescription] = useState(given?.description ?? '');
  const set = useFormChange('setLabel', ['pulls'], () => {
    notifications.show({ message: given === null ? 'The label is made.' : 'The label is changed.' });
    onClose();
  });
  const against = sortProblems(set.error, { known: ['label', 'newName', 'color', 'description'] });
  return (
    <FormDialog
      title={given === null ? 'New label' : `Label ${showHiddenLine(given.name)}`}
      verb={given === null ? 'Make it' : 'Save'}
      isReady={label.trim() !== ''}
      isPending={set.isPending}
      problem={against.whole}
      onClose={onClose}
      onSubmit={() =>
        set.mutate({
          owner: owner as never,
          name: name as never,
          label: given?.name ?? label,
          color,
          description,
          ...(given !== null && label.trim() !== given.name ? { newName: label } : {}),
        })
      }
    >
      <TextField
        label="Name"
        value={label}
        error={against.fields['label'] ?? against.fields['newName']}
        isFirst
        mb="md"
        onChange={setLabel}
      />
      <ColorInput
        label="Colour"
        format="hex"
        value={color}
        swatches={[...LABEL_COLORS]}
        withEyeDropper={false}
        error={against.fields['color']}
        mb="md"
        onChange={setColor}
      />
      <TextField
        label="What it is for"
        value={description}
        error={against.fields['description']}
        onChange={setDescription}
      />
    </FormDialog>
  );
}
