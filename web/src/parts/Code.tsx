/** Lines to be copied. */

import { say } from "../state/messages";
import { t } from "../state/preferences";

export function Code({ text }: { text: string }) {
  return (
    <div class="snippet">
      <pre tabIndex={0}>{text}</pre>
      <button class="quiet" onClick={() => void navigator.clipboard?.writeText(text).then(() => say(t("copied")))}>
        {t("copy")}
      </button>
    </div>
  );
}
