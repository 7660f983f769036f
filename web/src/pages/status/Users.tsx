/** Who may use the server, for administrators; and what became of that. */

import { useState } from "preact/hooks";
import { users, type User } from "../../api/server";
import { ago, fullTime } from "../../calc/numbers";
import { noted } from "../../calc/words/accessLog";
import { Code } from "../../parts/Code";
import { Ask } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { Menu } from "../../parts/Menu";
import { useLoaded } from "../../parts/useLoaded";
import { attempt } from "../../state/messages";
import { language, locale, t } from "../../state/preferences";
import { me } from "../../state/session";
import { Tokens } from "./Tokens";

export function Users() {
  if (!me.value?.sign_in) {
    return (
      <div class="empty">
        <h2>{t("noUsers")}</h2>
        <p>{t("noUsersText")}</p>
        <Code text="trackline user create ann --admin" />
      </div>
    );
  }
  return <Known />;
}

interface Question {
  kind: "create" | "password" | "delete";
  username: string;
}

function Known() {
  const { value, failure, reload } = useLoaded((stop) => users.list(stop), []);
  const [asked, setAsked] = useState<Question | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  return (
    <div class="overview">
      <section class="panel wide">
        <div class="bar">
          <h2>
            {t("users")} <small>{value?.length ?? ""}</small>
          </h2>
          <span class="space" />
          <button class="primary" onClick={() => setAsked({ kind: "create", username: "" })}>
            {t("newUser")}
          </button>
        </div>
        {failure && <p class="failure">{failure}</p>}
        <div class="listed" tabIndex={0} role="region" aria-label={t("users")}>
          <table class="list">
            <thead>
              <tr>
                <th>{t("name")}</th>
                <th>{t("userKind")}</th>
                <th>{t("roles")}</th>
                <th aria-label={t("actions")} />
              </tr>
            </thead>
            <tbody>
              {value?.map((user) => (
                <Row key={user.id} user={user} ask={setAsked} reload={reload} showTokens={setShown} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {shown && <Tokens key={shown} username={shown} />}
      <Log />
      {asked && <Asked question={asked} close={() => setAsked(null)} reload={reload} />}
    </div>
  );
}

interface RowProps {
  user: User;
  ask: (question: Question) => void;
  reload: () => void;
  showTokens: (username: string) => void;
}

function Row({ user, ask, reload, showTokens }: RowProps) {
  const { username, is_admin } = user;
  const myself = username === me.value?.user?.username;
  const setAdmin = (wanted: boolean) => void attempt(() => users.setAdmin(username, wanted)).then((done) => done && reload());
  return (
    <tr>
      <td dir="auto">{username}</td>
      <td>
        {t(is_admin ? "administrator" : user.is_service ? "program" : "user")}
        {user.is_disabled && <small> {t("disabled")}</small>}
      </td>
      <td>{user.roles.map((role) => role.name).join(", ")}</td>
      <td class="acting">
        <Menu
          label={t("actionsOn", { name: username })}
          items={[
            { label: t("tokens"), act: () => showTokens(username) },
            { label: t(is_admin ? "takeAdmin" : "makeAdmin"), act: () => setAdmin(!is_admin) },
            myself ? null : { label: t("newPassword"), act: () => ask({ kind: "password", username }) },
            myself ? null : { label: t("delete"), act: () => ask({ kind: "delete", username }), danger: true },
          ]}
        >
          <Icon name="more" />
        </Menu>
      </td>
    </tr>
  );
}

function Asked({ question: { kind, username }, close, reload }: { question: Question; close: () => void; reload: () => void }) {
  const password = { name: "password", label: t("password"), secret: true };
  if (kind === "delete") {
    return (
      <Ask
        title={t("deleteUser", { name: username })}
        text={t("deleteUserText")}
        fields={[]}
        action={t("delete")}
        danger
        act={() => users.remove(username).then(reload)}
        close={close}
      />
    );
  }
  const creating = kind === "create";
  const act = ({ name = "", password: chosen = "" }: Record<string, string>) =>
    creating ? users.create(name, chosen) : users.setPassword(username, chosen);
  return (
    <Ask
      title={creating ? t("newUser") : `${t("newPassword")}: ${username}`}
      fields={creating ? [{ name: "name", label: t("userName") }, password] : [password]}
      action={t(creating ? "create" : "save")}
      act={(values) => act(values).then(reload)}
      close={close}
    />
  );
}

function Log() {
  const { value } = useLoaded((stop) => users.log(stop), []);
  if (!value?.length) return null;
  return (
    <section class="panel wide">
      <h2>{t("accessLog")}</h2>
      <ol class="history">
        {value.map(({ id, at, actor, what, subject, detail }) => (
          <li key={id}>
            <time title={fullTime(at, locale.value)}>{ago(at, Date.now(), locale.value)}</time>
            <span class="wrap" dir="auto">
              {[noted(language.value, what), subject, what === "user created" ? noted(language.value, detail) : detail].filter(Boolean).join(" · ")}
            </span>
            <small class="cut" title={actor} dir="auto">
              {noted(language.value, actor)}
            </small>
          </li>
        ))}
      </ol>
    </section>
  );
}
