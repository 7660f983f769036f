interface SearchFieldProps {
  label: string;
  value: string;
  change: (text: string) => void;
  /** It has the keyboard as soon as it is there; elsewhere the key / leads to it. */
  inDialog?: boolean;
}

export function SearchField({ label, value, change, inDialog }: SearchFieldProps) {
  return (
    <input
      type="search"
      data-search={!inDialog || undefined}
      autofocus={inDialog}
      placeholder={label}
      aria-label={label}
      value={value}
      onInput={(event) => change(event.currentTarget.value)}
    />
  );
}
