/** All experiments, as a tree by the slashes in their names. */

import { signal } from "@preact/signals";
import { useMemo, useRef, useState } from "preact/hooks";
import { experiments, NOTE } from "../api/trackline";
import type { ExperimentRow } from "../api/types";
import { ago, fullTime } from "../calc/numbers";
import { treeRows, type TreeRow } from "../calc/tree";
import { Ask, Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { Snippet } from "../parts/Snippet";
import { isOwn, Tags } from "../parts/Tags";
import { Twin } from "../parts/Twin";
import { useLoaded } from "../parts/useLoaded";
import { SearchField } from "../parts/SearchField";
import { useKeys } from "../state/keys";
import { useLive } from "../state/live";
import { go, link, query, setQuery } from "../state/location";
import { attempt, say } from "../state/messages";
import { locale, t } from "../state/preferences";
import { useTitle } from "../state/title";
import { useVirtual } from "../table/virtual";
import { Keeping } from "./experiments/Keeping";

const ROW = 34; // px
const HEAD = 36;
const closed = signal<ReadonlySet<string>>(new Set());

export function Experiments() {
  const { value, failure, reload } = useLoaded((stop) => experiments.list(stop), []);
  const [asked, setAsked] = useState<Question | null>(null);
  useLive(["experiments"], reload);
  useTitle(t("experiments"));
  const search = query.value.get("search") ?? "";
  const trash = query.value.get("trash") === "1";
  const all = value?.experiments ?? [];
  const rows = useMemo(() => chosen(all, search, trash), [value, search, trash, closed.value]);
  const untouched = value !== null && !trash && all.every((one) => one.runs === 0 && one.experiment_id === "0");
  return (
    <section class="page">
      <div class="bar">
        <h1>{t("experiments")}</h1>
        <SearchField label={t("searchExperiments")} value={search} change={(text) => setQuery({ search: text || null })} />
        <label class="check">
          <input
            type="checkbox"
            checked={trash}
            onChange={(event) => setQuery({ trash: event.currentTarget.checked ? "1" : null }, false)}
          />
          {t("trash")}
        </label>
        <span class="space" />
        <Twin href={experiments.twin()} />
        <button class="primary" onClick={() => setAsked({ kind: "create" })}>
          {t("newExperiment")}
        </button>
      </div>
      {failure && <p class="failure">{failure}</p>}
      {untouched && <Welcome />}
      {value && rows.length === 0 && <p class="none">{t(trash ? "trashEmpty" : "nothingFound")}</p>}
      {rows.length > 0 && <Tree rows={rows} ask={setAsked} reload={reload} />}
      {asked && <Asked question={asked} close={() => setAsked(null)} reload={reload} />}
    </section>
  );
}

function chosen(all: ExperimentRow[], search: string, trash: boolean): TreeRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter(
    (one) =>
      (one.lifecycle_stage === "deleted") === trash &&
      words.every((word) => textOf(one).toLowerCase().includes(word)),
  );
  return treeRows(found, words.length ? new Set() : closed.value);
}

function textOf({ name, note, experiment_id, tags }: ExperimentRow): string {
  return [name, note, experiment_id, ...tags.map(({ key, value }) => `${key}: ${value}`)].join(" ");
}

function Welcome() {
  return (
    <div class="welcome">
      <h2>{t("welcome")}</h2>
      <p>{t("welcomeText")}</p>
      <Snippet />
    </div>
  );
}

interface TreeProps {
  rows: TreeRow[];
  ask: (question: Question) => void;
  reload: () => void;
}

function Tree({ rows, ask, reload }: TreeProps) {
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const view = useVirtual(box, { count: rows.length, size: () => ROW, before: HEAD });
  const move = (step: number) => {
    const next = Math.min(Math.max(active + step, 0), rows.length - 1);
    setActive(next);
    view.scrollTo(next);
  };
  useKeys({ j: () => move(1), k: () => move(-1), Enter: () => rows[active] && open(rows[active]) });
  return (
    <div class="grid experiments" ref={box} role="treegrid" aria-label={t("experiments")} aria-rowcount={rows.length + 1}>
      <div class="inner" role="rowgroup" style={{ height: `${view.total}px` }}>
        <div class="head" role="row">
          <span role="columnheader">{t("name")}</span>
          <span role="columnheader" class="number">
            {t("runs")}
          </span>
          <span role="columnheader">{t("lastActivity")}</span>
          <span role="columnheader">{t("note")}</span>
          <span role="columnheader" aria-label={t("actions")} />
        </div>
        {view.items.map(({ index, start }) => {
          const row = rows[index];
          if (!row) return null;
          return <Row key={row.path} row={row} top={start} active={index === active} ask={ask} reload={reload} />;
        })}
      </div>
    </div>
  );
}

function open(row: TreeRow): void {
  if (row.experiment) go(`experiments/${row.experiment.experiment_id}/runs`);
  else toggle(row.path);
}

function toggle(path: string): void {
  const next = new Set(closed.value);
  if (!next.delete(path)) next.add(path);
  closed.value = next;
}

interface RowProps {
  row: TreeRow;
  top: number;
  active: boolean;
  ask: (question: Question) => void;
  reload: () => void;
}

function Row({ row, top, active, ask, reload }: RowProps) {
  const { experiment } = row;
  const place = { transform: `translateY(${top}px)`, height: `${ROW}px` };
  const expanded = experiment ? {} : { "aria-expanded": row.open };
  return (
    <div class={active ? "row active" : "row"} role="row" aria-level={row.depth + 1} style={place} {...expanded}>
      <span role="gridcell" class="name" style={{ paddingInlineStart: `${row.depth * 20 + 8}px` }}>
        {experiment ? (
          <a href={link(`experiments/${experiment.experiment_id}/runs`)} title={row.path} dir="auto">
            {row.label}
          </a>
        ) : (
          <button class="quiet folder" aria-expanded={row.open} onClick={() => toggle(row.path)} dir="auto">
            <Icon name={row.open ? "open" : "closed"} />
            {row.label}/
          </button>
        )}
      </span>
      <span role="gridcell" class="number">
        {row.runs.toLocaleString(locale.value)}
      </span>
      <span role="gridcell" title={fullTime(row.lastActivity, locale.value)}>
        {ago(row.lastActivity, Date.now(), locale.value)}
      </span>
      <span role="gridcell" class="note" title={experiment?.note} dir="auto">
        {experiment?.tags.map(({ key, value }) => (
          <span key={key} class="stage" title={`${key}: ${value}`}>
            {value ? `${key}: ${value}` : key}
          </span>
        ))}
        {experiment?.note}
      </span>
      <span role="gridcell">{experiment && <Actions experiment={experiment} ask={ask} reload={reload} />}</span>
    </div>
  );
}

interface Question {
  kind: "create" | "rename" | "note" | "tags" | "keeping";
  experiment?: ExperimentRow;
  note?: string; // all of it; the list has only its beginning
}

function Actions({ experiment, ask, reload }: { experiment: ExperimentRow } & Omit<TreeProps, "rows">) {
  const id = experiment.experiment_id;
  const then = (work: () => Promise<unknown>) => void attemptThen(work, reload);
  const restore = () => then(() => experiments.restore(id));
  const remove = () =>
    then(async () => {
      await experiments.remove(id);
      say(t("deletedExperiment", { name: experiment.name }), restore);
    });
  const editNote = async () => {
    const note = (await experiments.tags(id)).find((tag) => tag.key === NOTE)?.value ?? "";
    ask({ kind: "note", experiment, note });
  };
  const living = experiment.lifecycle_stage === "active";
  return (
    <Menu
      label={t("actionsOn", { name: experiment.name })}
      items={[
        living ? { label: t("rename"), act: () => ask({ kind: "rename", experiment }) } : null,
        living ? { label: t("editNote"), act: () => void attempt(editNote) } : null,
        living ? { label: t("tags"), act: () => ask({ kind: "tags", experiment }) } : null,
        living ? { label: t("keeping"), act: () => ask({ kind: "keeping", experiment }) } : null,
        living ? { label: t("delete"), act: remove, danger: true } : { label: t("restore"), act: restore },
      ]}
    >
      <Icon name="more" />
    </Menu>
  );
}

async function attemptThen(work: () => Promise<unknown>, done: () => void): Promise<void> {
  if (await attempt(work)) done();
}

interface AskedProps {
  question: Question;
  close: () => void;
  reload: () => void;
}

function Asked({ question, close, reload }: AskedProps) {
  const { kind, experiment, note = "" } = question;
  const id = experiment?.experiment_id ?? "";
  if (kind === "tags") return <TagsOf id={id} close={close} reload={reload} />;
  if (kind === "keeping") return experiment ? <Keeping experiment={experiment} close={close} /> : null;
  const work = {
    create: async (name: string) => go(`experiments/${(await experiments.create(name)).experiment_id}/runs`),
    rename: (name: string) => experiments.rename(id, name).then(reload),
    note: (text: string) => experiments.tag(id, NOTE, text).then(reload),
  }[kind];
  const value = { create: "", rename: experiment?.name ?? "", note }[kind];
  const title = { create: t("newExperiment"), rename: t("rename"), note: t("editNote") }[kind];
  const label = kind === "note" ? t("note") : t("nameWithFolders");
  return (
    <Ask
      title={title}
      fields={[{ name: "value", label, value, long: kind === "note", optional: kind === "note" }]}
      action={t(kind === "create" ? "create" : "save")}
      act={({ value = "" }) => work(value)}
      close={close}
    />
  );
}

function TagsOf({ id, close, reload }: { id: string } & Omit<AskedProps, "question">) {
  const found = useLoaded((stop) => experiments.tags(id, stop), [id]);
  const changed = () => {
    found.reload();
    reload();
  };
  return (
    <Dialog title={t("tags")} close={close}>
      {found.failure && <p class="failure">{found.failure}</p>}
      <Tags
        tags={found.value?.filter(isOwn) ?? []}
        set={(key, value) => experiments.tag(id, key, value)}
        remove={(key) => experiments.untag(id, key)}
        changed={changed}
      />
    </Dialog>
  );
}
