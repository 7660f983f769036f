/** One run: what it is, what went in and what came out, and its metrics as they come. Each tab is a file in run/. */

import { useState } from "preact/hooks";
import { runs } from "../api/trackline";
import type { RunPage } from "../api/types";
import type { PageProps } from "../routes";
import { ago, duration, fullTime, heard } from "../calc/numbers";
import { Ask } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { Twin } from "../parts/Twin";
import { useLoaded } from "../parts/useLoaded";
import { Unread } from "../parts/Unread";
import { useLive } from "../state/live";
import { link, query } from "../state/location";
import { attempt, say } from "../state/messages";
import { locale, t } from "../state/preferences";
import { useTitle } from "../state/title";
import { Artifacts } from "./run/Artifacts";
import { Charts, System } from "./run/Charts";
import { Overview } from "./run/Overview";

export interface TabProps {
  run: RunPage;
  beat: number; // counts the hints that the run has changed
  reload: () => void;
}

const TABS = { overview: Overview, charts: Charts, system: System, artifacts: Artifacts } as const;

export function Run({ parts }: PageProps) {
  const id = parts[0] ?? "";
  const { value: run, failure, reload } = useLoaded((stop) => runs.page(id, stop), [id]);
  const [beat, setBeat] = useState(0);
  useLive([`run:${id}`], () => {
    reload();
    setBeat((count) => count + 1);
  });
  useTitle(run?.info.run_name);
  if (!run) return failure ? <Unread failure={failure} onwards="experiments" /> : null;
  const asked = query.value.get("tab");
  const tab = asked && asked in TABS ? (asked as keyof typeof TABS) : "overview";
  const Tab = TABS[tab];
  return (
    <section class="page">
      {failure && <p class="failure">{failure}</p>}
      <Head run={run} reload={reload} />
      <nav class="tabs" aria-label={t("tabs")}>
        {Object.keys(TABS).map((name) => (
          <a
            key={name}
            href={link(`runs/${id}`, { tab: name === "overview" ? null : name })}
            aria-current={name === tab ? "page" : undefined}
          >
            {t(`tab_${name as keyof typeof TABS}`)}
          </a>
        ))}
      </nav>
      <Tab run={run} beat={beat} reload={reload} />
    </section>
  );
}

function Head({ run, reload }: { run: RunPage; reload: () => void }) {
  const [renaming, setRenaming] = useState(false);
  const { info } = run;
  const id = info.run_id;
  const living = info.lifecycle_stage === "active";
  const then = (work: () => Promise<unknown>) => void attempt(work).then((done) => done && reload());
  const restore = () => then(() => runs.restore([id]));
  const remove = () =>
    then(async () => {
      await runs.remove([id]);
      say(t("deletedRuns", { count: 1 }), restore);
    });
  return (
    <>
      <div class="bar">
        <h1 class="crumbs">
          <a href={link("experiments")}>{t("experiments")}</a>
          <span aria-hidden="true">/</span>
          <a class="cut" href={link(`experiments/${info.experiment_id}/runs`)} title={run.experiment_name} dir="auto">
            {run.experiment_name}
          </a>
          <span aria-hidden="true">/</span>
          <span class="cut" title={info.run_name} dir="auto">
            {info.run_name}
          </span>
        </h1>
        <Menu
          label={t("actionsOn", { name: info.run_name })}
          items={[
            living ? { label: t("rename"), act: () => setRenaming(true) } : null,
            { label: t("copyId"), act: () => void navigator.clipboard?.writeText(id).then(() => say(t("copied"))) },
            living ? { label: t("delete"), act: remove, danger: true } : { label: t("restore"), act: restore },
          ]}
        >
          <Icon name="more" />
        </Menu>
        <span class="space" />
        <Twin href={runs.twinOfPage(id)} />
      </div>
      {!living && (
        <p class="failure" role="status">
          {t("inTrash")} <button onClick={restore}>{t("restore")}</button>
        </p>
      )}
      <Facts run={run} />
      {renaming && (
        <Ask
          title={t("rename")}
          fields={[{ name: "value", label: t("name"), value: info.run_name }]}
          action={t("save")}
          act={({ value = "" }) => runs.rename(id, value).then(reload)}
          close={() => setRenaming(false)}
        />
      )}
    </>
  );
}

function Facts({ run }: { run: RunPage }) {
  const { info, parent, children } = run;
  const tag = (key: string) => run.tags.find((one) => one.key === key)?.value;
  const { start_time: start, end_time: end } = info;
  const seen = heard(run.last_seen, Date.now());
  const lasted = start ? duration((end ?? seen ?? start) - start, locale.value) : "";
  const facts: [string, string | undefined][] = [
    [t("started"), fullTime(info.start_time, locale.value)],
    [t("duration"), lasted],
    [t("lastSeen"), info.status === "RUNNING" ? ago(seen ?? null, Date.now(), locale.value) : ""],
    [t("user"), info.user_id],
    [t("source"), tag("mlflow.source.name")],
    [t("commit"), tag("mlflow.source.git.commit")?.slice(0, 12)],
    [t("runId"), info.run_id],
  ];
  return (
    <dl class="facts">
      <div>
        <dt>{t("status")}</dt>
        <dd>
          <span class={`status ${info.status.toLowerCase()}`} aria-hidden="true" /> {t(`status_${info.status}`)}
        </dd>
      </div>
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="cut" title={value} dir="auto">
                {value}
              </dd>
            </div>
          ),
      )}
      {parent && (
        <div>
          <dt>{t("parent")}</dt>
          <dd>
            <a href={link(`runs/${parent.run_id}`)}>{parent.run_name}</a>
          </dd>
        </div>
      )}
      {children > 0 && (
        <div>
          <dt>{t("children")}</dt>
          <dd>
            <a
              href={link(`experiments/${info.experiment_id}/runs`, {
                filter: `tags.mlflow.parentRunId = '${info.run_id}'`,
              })}
            >
              {t("countRuns", { count: children })}
            </a>
          </dd>
        </div>
      )}
    </dl>
  );
}
