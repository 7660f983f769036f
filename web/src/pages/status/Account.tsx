/** What people do for themselves: their password, and tokens for their programs. */

import { useState } from "preact/hooks";
import { users } from "../../api/server";
import { Ask } from "../../parts/Dialog";
import { say } from "../../state/messages";
import { t } from "../../state/preferences";
import { me } from "../../state/session";
import { Tokens } from "./Tokens";

export function Account() {
  const [changing, setChanging] = useState(false);
  const user = me.value?.user;
  if (!user) return null;
  const change = async ({ current = "", password = "" }: Record<string, string>) => {
    await users.setPassword(user.username, password, current);
    say(t("passwordChanged"));
  };
  return (
    <div class="overview">
      <section class="panel wide">
        <div class="bar">
          <h2 dir="auto">
            {user.username} <small>{t(user.is_admin ? "administrator" : "user")}</small>
          </h2>
          <span class="space" />
          <button onClick={() => setChanging(true)}>{t("changePassword")}</button>
        </div>
      </section>
      <Tokens username={user.username} />
      {changing && (
        <Ask
          title={t("changePassword")}
          text={t("passwordEndsSessions")}
          fields={[
            { name: "current", label: t("currentPassword"), secret: true },
            { name: "password", label: t("newPassword"), secret: true },
          ]}
          action={t("save")}
          act={change}
          close={() => setChanging(false)}
        />
      )}
    </div>
  );
}
