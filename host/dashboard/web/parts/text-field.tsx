import { TextInput, type TextInputProps } from '@mantine/core';

/** A field for a name, an address or a figure: text that no browser completes or corrects. */
export function TextField({
  onChange,
  isFirst = false,
  ...field
}: Omit<TextInputProps, 'onChange'> & { onChange: (text: string) => void; isFirst?: boolean }) {
  return (
    <TextInput
      autoComplete="off"
      spellCheck={false}
      {...(isFirst ? { 'data-autofocus': true } : {})}
      {...field}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
