/** A webhook to be made or changed. Its secret is never shown; left empty, it stays as it is. */

import { useState } from "preact/hooks";
import { webhooks, type WebhookDraft } from "../../api/server";
import type { Webhook } from "../../api/types";
import { Dialog } from "../../parts/Dialog";
import { attempt } from "../../state/messages";
import { t } from "../../state/preferences";

const EVENTS = [
  "RUN.FINISHED",
  "RUN.FAILED",
  "RUN.KILLED",
  "REGISTERED_MODEL.CREATED",
  "MODEL_VERSION.CREATED",
  "MODEL_VERSION_ALIAS.CREATED",
  "MODEL_VERSION_ALIAS.DELETED",
  "MODEL_VERSION_TAG.SET",
  "MODEL_VERSION_TAG.DELETED",
  "PROMPT.CREATED",
  "PROMPT_VERSION.CREATED",
  "PROMPT_ALIAS.CREATED",
];

interface Props {
  webhook: Webhook | null; // null: a new one
  done: () => void;
  close: () => void;
}

export function WebhookForm({ webhook, done, close }: Props) {
  const [busy, setBusy] = useState(false);
  const had = webhook?.events.map(({ entity, action }) => `${entity}.${action}`) ?? [];
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const draft = read(new FormData(event.currentTarget as HTMLFormElement));
    setBusy(true);
    const saved = await attempt(() => (webhook ? webhooks.update(webhook.webhook_id, draft) : webhooks.create(draft)));
    setBusy(false);
    if (!saved) return;
    done();
    close();
  };
  return (
    <Dialog title={t(webhook ? "editWebhook" : "newWebhook")} close={close}>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          {t("name")}
          <input name="name" required defaultValue={webhook?.name ?? ""} autofocus autocomplete="off" />
        </label>
        <label>
          {t("address")}
          <input name="url" type="url" required placeholder="https://…" defaultValue={webhook?.url ?? ""} autocomplete="off" />
        </label>
        <label>
          {t("description")}
          <input name="description" defaultValue={webhook?.description ?? ""} autocomplete="off" />
        </label>
        <label>
          {t(webhook ? "newSecret" : "secret")}
          <input name="secret" type="password" autocomplete="new-password" />
        </label>
        <fieldset>
          <legend>{t("events")}</legend>
          {[...new Set([...EVENTS, ...had])].map((name) => (
            <label key={name} class="check">
              <input type="checkbox" name="event" value={name} defaultChecked={had.includes(name)} />
              {name.toLowerCase()}
            </label>
          ))}
        </fieldset>
        <footer>
          <button type="button" onClick={close}>
            {t("cancel")}
          </button>
          <button class="primary" disabled={busy}>
            {t(webhook ? "save" : "create")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function read(form: FormData): WebhookDraft {
  const text = (name: string) => String(form.get(name) ?? "");
  const events = form.getAll("event").map((one) => {
    const [entity = "", action = ""] = String(one).split(".");
    return { entity, action };
  });
  return { name: text("name"), url: text("url"), description: text("description"), events, secret: text("secret") || undefined };
}
