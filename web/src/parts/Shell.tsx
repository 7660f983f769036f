/** What stands round every page: header, messages, help. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { address } from "../api/client";
import { focusSearch, helpShown, useKeys } from "../state/keys";
import { liveState, paused } from "../state/live";
import { followLinks, go, link } from "../state/location";
import { attempt, dialogs } from "../state/messages";
import { LANGUAGES, language, t, theme, type Language, type Theme } from "../state/preferences";
import { isAdmin, me, mustSignIn, signOut, whoAmI } from "../state/session";
import { Dialog } from "./Dialog";
import { Icon } from "./Icon";
import { Menu } from "./Menu";
import { Messages } from "./Messages";
import { SignIn } from "./SignIn";

const THEMES: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

export function Shell({ children }: { children: ComponentChildren }) {
  useEffect(() => void whoAmI(), []);
  useKeys({
    "/": focusSearch,
    "?": () => (helpShown.value = true),
    e: () => go(""),
  });
  return (
    <div class="shell" onClick={followLinks}>
      <a class="skip" href="#main" onClick={skip}>
        {t("skip")}
      </a>
      <header class="top">
        <a class="brand" href={link("")}>
          <Icon name="brand" />
          Trackline
        </a>
        <nav aria-label={t("pages")}>
          <a href={link("experiments")}>{t("experiments")}</a>
          <a href={link("models")}>{t("models")}</a>
          <a href={link("status")}>{t("server")}</a>
          {me.value?.notebooks && isAdmin.value && (
            <a href={link("notebooks")} target="_blank" rel="noreferrer">
              {t("notebooks")}
            </a>
          )}
        </nav>
        <span class="space" />
        <Live />
        <User />
        <button
          class="quiet"
          title={t("theme", { theme: t(`theme_${theme.value}`) })}
          aria-label={t("theme", { theme: t(`theme_${theme.value}`) })}
          onClick={() => (theme.value = THEMES[theme.value])}
        >
          <Icon name={theme.value} />
        </button>
        <select
          class="quiet"
          aria-label={t("language")}
          value={language.value}
          onChange={(event) => (language.value = event.currentTarget.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
        <button class="quiet" title={t("help")} aria-label={t("help")} onClick={() => (helpShown.value = true)}>
          ?
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {mustSignIn.value ? <SignIn /> : children}
      </main>
      {dialogs.value.length === 0 && <Messages />}
      <Help />
    </div>
  );
}

function User() {
  const name = me.value?.user?.username;
  if (!name) return null;
  return (
    <Menu
      label={t("signedInAs", { name })}
      items={[
        { label: t("account"), act: () => go("status", { tab: "account" }) },
        { label: t("signOut"), act: () => void attempt(signOut) },
      ]}
    >
      <Icon name="person" />
      <span class="cut" dir="auto">
        {name}
      </span>
    </Menu>
  );
}

function skip(event: MouseEvent) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Live() {
  const state = liveState.value;
  if (!state) return null;
  return (
    <button
      class={`quiet hearing ${state}`}
      title={t(`live_${state}_help`)}
      aria-pressed={paused.value}
      onClick={() => (paused.value = !paused.value)}
    >
      <span class="dot" />
      <span>{t(`live_${state}`)}</span>
    </button>
  );
}

const KEYS = ["/", "j k", "x", "o", "Enter", "c", "e", "?", "Esc"] as const;

function Help() {
  if (!helpShown.value) return null;
  return (
    <Dialog title={t("help")} close={() => (helpShown.value = false)}>
      <dl class="keys">
        {KEYS.map((key) => (
          <div key={key}>
            <dt>
              {key.split(" ").map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{t(`key_${key}`)}</dd>
          </div>
        ))}
      </dl>
      <p>
        <a href={address("version")} target="_blank" rel="noreferrer">
          {t("apiVersion")}
        </a>
      </p>
    </Dialog>
  );
}
