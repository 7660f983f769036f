import { link, path } from "../state/location";
import { t } from "../state/preferences";
import { useTitle } from "../state/title";

export function NotFound() {
  useTitle(t("notFound"));
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
