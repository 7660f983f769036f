/** Somebody's tokens: made, shown once, revoked. */

import { useState } from "preact/hooks";
import { tokens } from "../../api/server";
import type { Token } from "../../api/types";
import { ago, fullTime } from "../../calc/numbers";
import { Code } from "../../parts/Code";
import { Ask, Dialog } from "../../parts/Dialog";
import { useLoaded } from "../../parts/useLoaded";
import { locale, t } from "../../state/preferences";
import { me } from "../../state/session";

export function Tokens({ username }: { username: string }) {
  const { value, failure, reload } = useLoaded((stop) => tokens.list(username, stop), [username]);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const create = async ({ name = "", scope, days = "90" }: Record<string, string>) => {
    const lasts = days === "0" ? null : Number(days);
    setMade((await tokens.create(username, name, scope === "read" ? "read" : "write", lasts)).token);
    reload();
  };
  return (
    <section class="panel wide">
      <div class="bar">
        <h2 dir="auto">
          {username === me.value?.user?.username ? t("tokens") : t("tokensOf", { name: username })} <small>{value?.length ?? ""}</small>
        </h2>
        <span class="space" />
        <button onClick={() => setMaking(true)}>{t("newToken")}</button>
      </div>
      {failure && <p class="failure">{failure}</p>}
      {value?.length === 0 && <p class="none">{t("noTokens")}</p>}
      {value && value.length > 0 && <List found={value} revoke={setRevoking} />}
      {making && (
        <Ask
          title={t("newToken")}
          fields={[
            { name: "name", label: t("name") },
            {
              name: "scope",
              label: t("scope"),
              choices: [
                { value: "write", label: t("scope_write") },
                { value: "read", label: t("scope_read") },
              ],
            },
            {
              name: "days",
              label: t("lasts"),
              value: "90",
              choices: [...[7, 30, 90, 365].map((days) => ({ value: String(days), label: t("days", { days }) })), { value: "0", label: t("forEver") }],
            },
          ]}
          action={t("create")}
          act={create}
          close={() => setMaking(false)}
        />
      )}
      {made && (
        <Dialog title={t("newToken")} close={() => setMade(null)}>
          <p>{t("tokenOnce")}</p>
          <Code text={made} />
          <Code text={`export MLFLOW_TRACKING_TOKEN=${made}`} />
        </Dialog>
      )}
      {revoking && (
        <Ask
          title={t("revokeToken", { name: revoking.name })}
          text={t("revokeTokenText")}
          fields={[]}
          action={t("revoke")}
          danger
          act={() => tokens.revoke(username, revoking.name).then(reload)}
          close={() => setRevoking(null)}
        />
      )}
    </section>
  );
}

function List({ found, revoke }: { found: Token[]; revoke: (token: Token) => void }) {
  return (
    <div class="listed" tabIndex={0} role="region" aria-label={t("tokens")}>
      <table class="list">
        <thead>
          <tr>
            <th>{t("name")}</th>
            <th>{t("scope")}</th>
            <th>{t("opens")}</th>
            <th>{t("holdsUntil")}</th>
            <th>{t("lastUsed")}</th>
            <th aria-label={t("actions")} />
          </tr>
        </thead>
        <tbody>
          {found.map((token) => (
            <tr key={token.id}>
              <td dir="auto">{token.name}</td>
              <td>{t(`scope_${token.scope}`)}</td>
              <td class="wrap">{token.limits?.join(", ") || t("everything")}</td>
              <td>{token.expires_ms ? fullTime(token.expires_ms, locale.value) : t("forEver")}</td>
              <td>{token.used_ms ? ago(token.used_ms, Date.now(), locale.value) : t("never")}</td>
              <td class="acting">
                <button class="danger" onClick={() => revoke(token)}>
                  {t("revoke")}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
