import { link, path } from "../state/location";
import { t } from "../state/preferences";

export function NotFound() {
  return (
    <section class="empty">
      <h1>{t("notFound")}</h1>
      <p>{t("notFoundAt", { path: `/${path.value}` })}</p>
      <a class="button" href={link("")}>
        {t("experiments")}
      </a>
    </section>
  );
}
