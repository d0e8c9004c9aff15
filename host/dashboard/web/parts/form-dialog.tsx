import { Modal } from '@mantine/core';
import { FormShell, type FormProps } from './form-shell.tsx';

/** A form in a dialog; the title is the form's name, too. */
export function FormDialog({
  title,
  ...form
}: Omit<FormProps, 'label' | 'onClose'> & { title: string; onClose: () => void }) {
  return (
    <Modal opened onClose={form.onClose} title={title} centered>
      <FormShell label={title} {...form} />
    </Modal>
  );
}
