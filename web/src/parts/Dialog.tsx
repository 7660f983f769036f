/** A question over the page; Esc and the cross close it, the focus stays inside and goes back where it was. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { attempt, dialogs } from "../state/messages";
import { t } from "../state/preferences";
import { Messages } from "./Messages";

interface DialogProps {
  title: string;
  close: () => void;
  wide?: boolean;
  children: ComponentChildren;
}

export function Dialog({ title, close, wide, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    dialog.current?.showModal();
    dialogs.value = [...dialogs.value, name];
    return () => (dialogs.value = dialogs.value.filter((one) => one !== name));
  }, []);
  return (
    <dialog ref={dialog} class={wide ? "wide" : ""} aria-labelledby={name} onClose={close}>
      <header>
        <h2 id={name}>{title}</h2>
        <button class="quiet" aria-label={t("close")} onClick={() => dialog.current?.close()}>
          ×
        </button>
      </header>
      {children}
      {dialogs.value.at(-1) === name && <Messages />}
    </dialog>
  );
}

export interface AskField {
  name: string;
  label: string;
  value?: string;
  long?: boolean;
  optional?: boolean;
  secret?: boolean;
  least?: number; // a whole number, and not less
  choices?: { value: string; label: string }[]; // one of these
}

interface AskProps {
  title: string;
  fields: AskField[];
  action: string;
  danger?: boolean;
  text?: string;
  act: (values: Record<string, string>) => Promise<unknown>;
  close: () => void;
}

/** A dialog with a form: it closes when `act` has succeeded, and stays with what was written when it has not. */
export function Ask({ title, fields, action, danger, text, act, close }: AskProps) {
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    const values = Object.fromEntries([...form].map(([name, value]) => [name, String(value)]));
    if (await attempt(() => act(values))) close();
    else setBusy(false);
  };
  return (
    <Dialog title={title} close={close}>
      <form onSubmit={submit}>
        {text && <p class="wrap">{text}</p>}
        {fields.map((field, at) => (
          <label key={field.name}>
            {field.label}
            <Field field={field} first={at === 0} />
          </label>
        ))}
        <footer>
          <button type="button" onClick={close}>
            {t("cancel")}
          </button>
          <button class={danger ? "danger" : "primary"} disabled={busy}>
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Field({ field, first }: { field: AskField; first: boolean }) {
  const { name, value = "", long, optional, secret, least, choices } = field;
  if (long) return <textarea name={name} rows={8} defaultValue={value} autofocus={first} />;
  if (choices) {
    return (
      <select name={name} autofocus={first}>
        {choices.map((one) => (
          <option key={one.value} value={one.value} selected={one.value === value}>
            {one.label}
          </option>
        ))}
      </select>
    );
  }
  const common = { name, defaultValue: value, required: !optional, autofocus: first };
  if (least !== undefined) return <input {...common} type="number" min={least} step="1" autocomplete="off" />;
  return secret ? <input {...common} type="password" autocomplete="new-password" /> : <input {...common} autocomplete="off" />;
}
