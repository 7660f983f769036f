/** Views of an experiment's runs that were saved on the server, by name: shown, saved, renamed, and one to begin with. */

import { useState } from "preact/hooks";
import { views as api } from "../api/trackline";
import type { SavedView } from "../api/types";
import { charts, keptOf, nameOf, PLAIN, shownAs } from "../calc/views";
import { Ask, Dialog, type AskField } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import type { Loaded } from "../parts/useLoaded";
import { query, setQuery } from "../state/location";
import { attempt, say } from "../state/messages";
import { t } from "../state/preferences";

interface ViewsProps {
  experiment: string;
  views: Loaded<SavedView[]>;
}

const SMOOTHINGS = ["0.3", "0.6", "0.9"];

export function ViewsButton(props: ViewsProps) {
  const [shown, setShown] = useState(false);
  const name = nameOf(query.value);
  return (
    <>
      <button aria-haspopup="dialog" onClick={() => setShown(true)}>
        <span class="cut view" dir="auto">
          {name || t("views")}
        </span>
      </button>
      {shown && <Views {...props} close={() => setShown(false)} />}
    </>
  );
}

function Views({ experiment, views, close }: ViewsProps & { close: () => void }) {
  const [asking, setAsking] = useState<"new" | SavedView | null>(null);
  const done = async (work: () => Promise<unknown>) => {
    if (await attempt(work)) views.reload();
  };
  const show = (view: SavedView) => {
    setQuery(shownAs(view.name, view.query, query.value), false);
    close();
  };
  const plain = () => {
    setQuery({ ...Object.fromEntries([...query.value.keys()].map((one) => [one, null])), [PLAIN]: "1" }, false);
    close();
  };
  const replace = (view: SavedView) =>
    done(async () => {
      await api.save(experiment, view.name, keptOf(query.value), true);
      say(t("viewSaved", { name: view.name }));
    });
  return (
    <Dialog title={t("views")} close={close}>
      <div class="bar views-bar">
        <button class="primary" onClick={() => setAsking("new")}>
          {t("saveView")}
        </button>
        <button onClick={plain}>{t("plainView")}</button>
      </div>
      {views.value?.length === 0 && <p class="none">{t("noViews")}</p>}
      <ul class="views">
        {views.value?.map((view) => (
          <li key={view.name}>
            <button class="quiet choice" aria-pressed={view.name === nameOf(query.value)} title={view.name} onClick={() => show(view)}>
              <span class="cut" dir="auto">
                {view.name}
              </span>
              {view.is_default && <small>{t("defaultView")}</small>}
            </button>
            <Menu
              label={t("actionsOn", { name: view.name })}
              items={[
                { label: t("replaceView"), act: () => void replace(view) },
                { label: t("rename"), act: () => setAsking(view) },
                {
                  label: t(view.is_default ? "noDefaultView" : "makeDefaultView"),
                  act: () => void done(() => api.change(experiment, view.name, { is_default: !view.is_default })),
                },
                { label: t("delete"), danger: true, act: () => void done(() => api.remove(experiment, view.name)) },
              ]}
            >
              <Icon name="more" />
            </Menu>
          </li>
        ))}
      </ul>
      {asking === "new" && <SaveView experiment={experiment} saved={views.reload} close={() => setAsking(null)} />}
      {asking !== null && asking !== "new" && (
        <Ask
          title={t("rename")}
          fields={[{ name: "name", label: t("name"), value: asking.name }]}
          action={t("save")}
          act={async ({ name = "" }) => {
            await api.change(experiment, asking.name, { new_name: name });
            if (nameOf(query.value) === asking.name) setQuery({ view: name });
            views.reload();
          }}
          close={() => setAsking(null)}
        />
      )}
    </Dialog>
  );
}

/** A name for what the table shows, and how curves of its runs are drawn. */
function SaveView({ experiment, saved, close }: { experiment: string; saved: () => void; close: () => void }) {
  const now = charts(query.value);
  return (
    <Ask
      title={t("saveView")}
      text={t("saveViewText")}
      fields={[{ name: "name", label: t("name"), value: nameOf(query.value) }, ...chartFields(now)]}
      action={t("save")}
      act={async ({ name = "", ...chosen }) => {
        const shown = new URLSearchParams(query.value);
        for (const [one, value] of Object.entries({ ...now, ...chosen })) {
          if (value) shown.set(one, value);
          else shown.delete(one);
        }
        if (chosen["x"] !== "metric") shown.delete("against");
        await api.save(experiment, name, keptOf(shown), false);
        setQuery(shownAs(name, keptOf(shown), query.value));
        saved();
      }}
      close={close}
    />
  );
}

/** How curves are drawn, as the address says it now, and what else may be chosen; "" is what is so anyway. */
function chartFields(now: Record<string, string | null>): AskField[] {
  const smoothings = [...new Set(["", ...SMOOTHINGS, now["smooth"] ?? ""])].sort();
  const ways = (["step", "time", "relative"] as const).map((one) => ({ value: one === "step" ? "" : one, label: t(`x_${one}`) }));
  if (now["against"]) ways.push({ value: "metric", label: now["against"] });
  const scales = [{ value: "", label: t("linear") }, { value: "1", label: t("logarithmic") }];
  const band = now["band"];
  return [
    { name: "x", label: t("viewX"), value: now["x"] ?? "", choices: ways },
    { name: "smooth", label: t("smoothing"), value: now["smooth"] ?? "", choices: smoothings.map((value) => ({ value, label: value || "0" })) },
    { name: "logx", label: t("scaleX"), value: now["logx"] ?? "", choices: scales },
    { name: "logy", label: t("scaleY"), value: now["logy"] ?? "", choices: scales },
    ...(band ? [{ name: "band", label: t("bandBy"), value: band, choices: [{ value: "", label: t("none") }, { value: band, label: band }] }] : []),
  ];
}
