/** Whom the server tells of what happens: to be made, changed, tried and deleted. */

import { useState } from "preact/hooks";
import { webhooks } from "../../api/server";
import type { Webhook } from "../../api/types";
import { Ask } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { Menu } from "../../parts/Menu";
import { useLoaded } from "../../parts/useLoaded";
import { query, setQuery } from "../../state/location";
import { attempt, say } from "../../state/messages";
import { t } from "../../state/preferences";
import { Deliveries } from "./Deliveries";
import { WebhookForm } from "./WebhookForm";

export function Webhooks() {
  const { value, failure, reload } = useLoaded((stop) => webhooks.list(stop), []);
  const [edited, setEdited] = useState<Webhook | "new" | null>(null);
  const shown = value?.find((one) => one.webhook_id === query.value.get("webhook"));
  return (
    <div class="overview">
      <section class="panel wide">
        <div class="bar">
          <h2>
            {t("tab_webhooks")} <small>{value?.length ?? ""}</small>
          </h2>
          <span class="space" />
          <button class="primary" onClick={() => setEdited("new")}>
            {t("newWebhook")}
          </button>
        </div>
        {failure && <p class="failure">{failure}</p>}
        {value?.length === 0 && <p class="none">{t("noWebhooks")}</p>}
        {value && value.length > 0 && (
          <div class="listed" tabIndex={0} role="region" aria-label={t("tab_webhooks")}>
            <table class="list">
              <thead>
                <tr>
                  <th>{t("name")}</th>
                  <th>{t("address")}</th>
                  <th>{t("events")}</th>
                  <th>{t("status")}</th>
                  <th aria-label={t("actions")} />
                </tr>
              </thead>
              <tbody>
                {value.map((one) => (
                  <Row key={one.webhook_id} webhook={one} edit={() => setEdited(one)} reload={reload} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      {shown && <Deliveries key={shown.webhook_id} webhook={shown} />}
      {edited && (
        <WebhookForm webhook={edited === "new" ? null : edited} done={reload} close={() => setEdited(null)} />
      )}
    </div>
  );
}

function Row({ webhook: one, edit, reload }: { webhook: Webhook; edit: () => void; reload: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const { webhook_id: id, name, status } = one;
  const active = status === "ACTIVE";
  const then = (work: () => Promise<unknown>) => void attempt(work).then((done) => done && reload());
  const test = () =>
    void attempt(async () => {
      const { success, response_status, error_message } = await webhooks.test(id);
      if (!success) throw new Error(error_message ?? t("answeredWith", { status: response_status ?? "" }));
      say(t("answeredWith", { status: response_status ?? "" }));
    });
  return (
    <tr>
      <td>
        <button class="quiet link" onClick={() => setQuery({ webhook: id }, false)}>
          {name}
        </button>
      </td>
      <td class="wrap">{one.url}</td>
      <td class="wrap">{one.events.map(({ entity, action }) => `${entity}.${action}`.toLowerCase()).join(", ")}</td>
      <td>{t(active ? "active" : "disabled")}</td>
      <td class="acting">
        <Menu
          label={t("actionsOn", { name })}
          items={[
            { label: t("deliveries"), act: () => setQuery({ webhook: id }, false) },
            { label: t("test"), act: test },
            { label: t("edit"), act: edit },
            { label: t(active ? "disable" : "enable"), act: () => then(() => webhooks.update(id, { status: active ? "DISABLED" : "ACTIVE" })) },
            { label: t("delete"), act: () => setDeleting(true), danger: true },
          ]}
        >
          <Icon name="more" />
        </Menu>
        {deleting && (
          <Ask
            title={t("deleteWebhook", { name })}
            text={t("deleteWebhookText")}
            fields={[]}
            action={t("delete")}
            danger
            act={() => webhooks.remove(id).then(reload)}
            close={() => setDeleting(false)}
          />
        )}
      </td>
    </tr>
  );
}
