import { t } from "../state/preferences";

/** The way to what this page shows, as JSON. */
export function Twin({ href }: { href: string }) {
  return (
    <a class="button" href={href} target="_blank" rel="noreferrer" title={t("jsonTwin")}>
      JSON
    </a>
  );
}
