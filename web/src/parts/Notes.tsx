/** A text in Markdown that people write about something, with what it will look like while they do. */

import { useState } from "preact/hooks";
import { attempt } from "../state/messages";
import { t } from "../state/preferences";
import { Dialog } from "./Dialog";
import { Markdown } from "./Markdown";

interface NotesProps {
  title: string;
  text: string;
  save: (text: string) => Promise<unknown>;
}

export function Notes({ title, text, save }: NotesProps) {
  const [editing, setEditing] = useState(false);
  return (
    <section class="panel wide">
      <div class="bar">
        <h2>{title}</h2>
        <span class="space" />
        <button onClick={() => setEditing(true)}>{t("edit")}</button>
      </div>
      {text ? (
        <div class="notes">
          <Markdown text={text} />
        </div>
      ) : (
        <p class="none">{t("noNotes")}</p>
      )}
      {editing && <Editor title={title} text={text} save={save} close={() => setEditing(false)} />}
    </section>
  );
}

function Editor({ title, text, save, close }: NotesProps & { close: () => void }) {
  const [draft, setDraft] = useState(text);
  const [preview, setPreview] = useState(false);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    if (await attempt(() => save(draft))) close();
    else setBusy(false);
  };
  return (
    <Dialog title={title} close={close} wide>
      <form onSubmit={submit}>
        <div class="bar">
          <button type="button" class="quiet" aria-pressed={!preview} onClick={() => setPreview(false)}>
            {t("write")}
          </button>
          <button type="button" class="quiet" aria-pressed={preview} onClick={() => setPreview(true)}>
            {t("preview")}
          </button>
          <span class="space" />
          <small>Markdown</small>
        </div>
        {preview ? (
          <div class="drafted">
            <Markdown text={draft} />
          </div>
        ) : (
          <textarea rows={14} aria-label={title} value={draft} autofocus onInput={(event) => setDraft(event.currentTarget.value)} />
        )}
        <footer>
          <button type="button" onClick={close}>
            {t("cancel")}
          </button>
          <button class="primary" disabled={busy}>
            {t("save")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
