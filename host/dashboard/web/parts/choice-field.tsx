import { NativeSelect, type NativeSelectProps } from '@mantine/core';

/** A field for one of a few values. */
export function ChoiceField<Value extends string>({
  options,
  onChange,
  ...field
}: Omit<NativeSelectProps, 'onChange' | 'data' | 'value'> & {
  value: Value;
  options: readonly { readonly value: Value; readonly label: string }[];
  onChange: (value: Value) => void;
}) {
  return (
    <NativeSelect {...field} data={[...options]} onChange={(event) => onChange(event.currentTarget.value as Value)} />
  );
}
