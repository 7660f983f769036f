/** In place of a page whose program did not come: after an upgrade of the server, say, it has another name. */

import { t } from "../state/preferences";

export function Unloaded() {
  return (
    <section class="empty">
      <h1>{t("unread")}</h1>
      <p class="failure" role="alert">
        {t("unloaded")}
      </p>
      <button onClick={() => window.location.reload()}>{t("loadAgain")}</button>
    </section>
  );
}
