/** What a webhook was told, and what it answered; dead letters may be sent once more. */

import { webhooks } from "../../api/server";
import type { DeliveryEntry, Webhook } from "../../api/types";
import { ago, fullTime } from "../../calc/numbers";
import { useLoaded } from "../../parts/useLoaded";
import { query, setQuery } from "../../state/location";
import { attempt } from "../../state/messages";
import { locale, t } from "../../state/preferences";

const STATES = ["", "PENDING", "DELIVERED", "DEAD"] as const;
const DOTS = { PENDING: "scheduled", DELIVERED: "finished", DEAD: "failed" } as const;

export function Deliveries({ webhook: { webhook_id: id, name } }: { webhook: Webhook }) {
  const state = query.value.get("state") ?? "";
  const { value, failure, reload } = useLoaded((stop) => webhooks.deliveries(id, state, stop), [id, state]);
  const retry = (number: number) => void attempt(() => webhooks.retry(id, number)).then((done) => done && reload());
  return (
    <section class="panel wide">
      <div class="bar">
        <h2>{t("deliveriesOf", { name })}</h2>
        {STATES.map((one) => (
          <button key={one} class="quiet" aria-pressed={state === one} onClick={() => setQuery({ state: one || null })}>
            {t(`delivery_${one || "ALL"}`)}
          </button>
        ))}
        <span class="space" />
        <button onClick={reload}>{t("readAgain")}</button>
      </div>
      {failure && <p class="failure">{failure}</p>}
      {value?.length === 0 && <p class="none">{t("none")}</p>}
      {value && value.length > 0 && (
        <div class="listed" tabIndex={0} role="region" aria-label={t("deliveries")}>
          <table class="list">
            <tbody>
              {value.map((one) => (
                <Row key={one.number} delivery={one} retry={() => retry(one.number)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ delivery: one, retry }: { delivery: DeliveryEntry; retry: () => void }) {
  const answer = one.error_message ?? [one.response_status, one.response_body].filter(Boolean).join(" ");
  return (
    <tr>
      <td class="when">
        <span class={`status ${DOTS[one.state]}`} aria-hidden="true" /> {t(`delivery_${one.state}`)}
      </td>
      <td>{one.event}</td>
      <td class="when" title={fullTime(one.happened, locale.value)}>{ago(one.happened, Date.now(), locale.value)}</td>
      <td class="when">{t("attempts", { count: one.attempts })}</td>
      <td class="named" title={answer}>
        <span class="cut" dir="auto">
          {answer}
        </span>
      </td>
      <td class="acting">
        <button onClick={retry}>{t("sendAgain")}</button>
      </td>
    </tr>
  );
}
