/** The server: what it works on and how that is; whom it tells of what; who may use it. */

import { useEffect } from "preact/hooks";
import { server } from "../api/server";
import type { ServerStatus } from "../api/types";
import { fileSize } from "../calc/files";
import { fullTime } from "../calc/numbers";
import { PairTable } from "../parts/Pairs";
import { Twin } from "../parts/Twin";
import { useLoaded } from "../parts/useLoaded";
import { link, query } from "../state/location";
import { locale, t } from "../state/preferences";
import { isAdmin, me } from "../state/session";
import { useTitle } from "../state/title";
import { Account } from "./status/Account";
import { Disk } from "./status/Disk";
import { Users } from "./status/Users";
import { Webhooks } from "./status/Webhooks";

const AGAIN_MS = 10_000;
const TABS = { server: Server, webhooks: Webhooks, users: Users, account: Account } as const;
type Tab = keyof typeof TABS;

export function Status() {
  const tabs = offered();
  const asked = query.value.get("tab") as Tab | null;
  const tab = asked && tabs.includes(asked) ? asked : tabs[0];
  useTitle(t("server"));
  if (!me.value || !tab) return null;
  const Shown = TABS[tab];
  return (
    <section class="page">
      <div class="bar">
        <h1>{t("server")}</h1>
        <span class="space" />
        <Twin href={server.twins[tab]()} />
      </div>
      <nav class="tabs" aria-label={t("server")}>
        {tabs.map((name) => (
          <a key={name} href={link("status", { tab: name === tabs[0] ? null : name })} aria-current={name === tab ? "page" : undefined}>
            {t(`tab_${name}`)}
          </a>
        ))}
      </nav>
      <Shown />
    </section>
  );
}

/** Where people sign in, the server is a matter of administrators, and everybody has an account. */
function offered(): Tab[] {
  const signIn = me.value?.sign_in ?? false;
  return [...(isAdmin.value ? (["server", "webhooks", "users"] as const) : []), ...(signIn ? (["account"] as const) : [])];
}

function Server() {
  const { value, failure, reload } = useLoaded((stop) => server.status(stop), []);
  useEffect(() => {
    const again = window.setInterval(() => document.hidden || reload(), AGAIN_MS);
    return () => window.clearInterval(again);
  }, []);
  return (
    <>
      {failure && <p class="failure">{failure}</p>}
      {value && <Shown status={value} />}
    </>
  );
}

function Shown({ status }: { status: ServerStatus }) {
  const { counts, waiting } = status.database;
  const number = (value: number) => value.toLocaleString(locale.value);
  const pairs = (rows: [string, string][]) => rows.map(([key, value]) => ({ key, value }));
  return (
    <div class="overview">
      <section class="panel">
        <h2>{t("program")}</h2>
        <PairTable
          pairs={pairs([
            ["Trackline", status.version],
            [t("speaksMlflow"), status.mlflow],
            ["Python", status.python],
            [t("runsSince"), fullTime(status.begun, locale.value)],
            [t("signIn"), t(status.sign_in ? "signInOn" : "signInOff")],
          ])}
        />
      </section>
      <section class="panel">
        <h2>{t("database")}</h2>
        <PairTable
          pairs={pairs([
            [t("place"), status.database_place],
            [t("version"), status.database.version],
            [t("size"), fileSize(status.database.size, locale.value)],
          ])}
        />
      </section>
      <section class="panel">
        <h2>{t("artifacts")}</h2>
        <PairTable
          pairs={pairs([
            [t("newOnesGoTo"), status.artifact_root],
            [t("sentOnesAreIn"), status.artifacts_place || t("none")],
          ])}
        />
        <ul class="stores">
          {status.stores.map(({ place, problem }) => (
            <li key={place}>
              <span class={`status ${problem ? "failed" : "finished"}`} aria-hidden="true" />
              <span class="wrap">
                {place} <small>{problem || t("answers")}</small>
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section class="panel">
        <h2>{t("background")}</h2>
        <PairTable
          pairs={pairs([
            [t("deliveriesWaiting"), number(waiting.deliveries)],
            [t("deadLetters"), number(waiting.dead_letters)],
          ])}
        />
      </section>
      <Disk />
      <section class="panel wide">
        <h2>{t("holds")}</h2>
        <dl class="facts counts">
          {(Object.keys(counts) as (keyof typeof counts)[]).map((name) => (
            <div key={name}>
              <dt>{t(`count_${name}`)}</dt>
              <dd>{number(counts[name])}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
