/** In place of a page that could not be read: why, and where to go on. */

import { link } from "../state/location";
import { t } from "../state/preferences";

export function Unread({ failure, onwards }: { failure: string; onwards: "experiments" | "models" }) {
  return (
    <section class="empty">
      <h1>{t("unread")}</h1>
      <p class="failure" role="alert">
        {failure}
      </p>
      <a class="button" href={link(onwards)}>
        {t(onwards)}
      </a>
    </section>
  );
}
