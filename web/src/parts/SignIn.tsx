/** The question who is there, in place of the page; the address stays, and the page comes back after it. */

import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { session } from "../api/server";
import { me, signIn } from "../state/session";
import { told } from "../state/messages";
import { t } from "../state/preferences";
import { useTitle } from "../state/title";
import { Icon } from "./Icon";

export function SignIn() {
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useTitle(t("signIn"));
  useEffect(() => {
    document.querySelector<HTMLInputElement>("#name")?.focus();
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      await signIn(String(form.get("username")), String(form.get("password")));
    } catch (error) {
      setFailure(error instanceof ApiError && error.status === 401 ? t("wrongPassword") : told(error));
      setBusy(false);
    }
  };
  return (
    <section class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>
          <Icon name="brand" /> {t("signIn")}
        </h1>
        {failure && (
          <p class="failure" role="alert">
            {failure}
          </p>
        )}
        <label>
          {t("userName")}
          <input id="name" name="username" autocomplete="username" autocapitalize="none" spellcheck={false} required />
        </label>
        <label>
          {t("password")}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button class="primary" disabled={busy}>
          {t("signIn")}
        </button>
        {me.value?.oidc && (
          <a class="button" href={session.provider(window.location.pathname + window.location.search)} target="_self">
            {t("signInWith", { name: me.value.oidc })}
          </a>
        )}
        <p class="none">{t("signInHelp")}</p>
      </form>
    </section>
  );
}
