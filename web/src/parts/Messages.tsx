/** What was done, or why it was not: in the page, and while a dialog is open in that, for the page behind it cannot be used then. */

import { dismiss, messages } from "../state/messages";
import { t } from "../state/preferences";

export function Messages() {
  return (
    <div class="messages" role="status" aria-live="polite">
      {messages.value.map(({ id, text, failed, undo }) => (
        <div key={id} class={failed ? "message failed" : "message"}>
          <span>{text}</span>
          {undo && (
            <button
              class="quiet"
              onClick={() => {
                dismiss(id);
                undo();
              }}
            >
              {t("undo")}
            </button>
          )}
          <button class="quiet" aria-label={t("close")} onClick={() => dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
