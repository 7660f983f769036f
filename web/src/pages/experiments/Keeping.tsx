/** What an experiment keeps of its runs by itself; a server does it once a day. */

import { retention } from "../../api/trackline";
import type { ExperimentRow, SetRetention } from "../../api/types";
import { Ask, Dialog } from "../../parts/Dialog";
import { useLoaded } from "../../parts/useLoaded";
import { say } from "../../state/messages";
import { t } from "../../state/preferences";

const THIN_TO = "1000"; // points

export function Keeping({ experiment, close }: { experiment: ExperimentRow; close: () => void }) {
  const id = experiment.experiment_id;
  const { value: rules, failure } = useLoaded((stop) => retention.read(id, stop), [id]);
  if (failure) {
    return (
      <Dialog title={t("keeping")} close={close}>
        <p class="failure">{failure}</p>
      </Dialog>
    );
  }
  if (!rules) return null;
  const number = (value: number | null | undefined) => (value ? String(value) : "");
  const save = async (given: Record<string, string>) => {
    const asked = rulesOf(id, given);
    await (asked ? retention.set(asked) : retention.remove(id));
    say(t("keepingSaved", { name: experiment.name }));
  };
  return (
    <Ask
      title={t("keeping")}
      text={t("keepingText")}
      fields={[
        { name: "best", label: t("keepBest"), value: number(rules.keep_best), least: 1, optional: true },
        { name: "metric", label: t("keepMetric"), value: rules.metric ?? "", optional: true },
        {
          name: "goal",
          label: t("keepGoal"),
          value: rules.goal ?? "min",
          choices: (["min", "max"] as const).map((value) => ({ value, label: t(`goal_${value}`) })),
        },
        { name: "after", label: t("thinAfter"), value: number(rules.thin_after_days), least: 1, optional: true },
        { name: "to", label: t("thinTo"), value: number(rules.thin_to) || THIN_TO, least: 100 },
      ]}
      action={t("save")}
      act={save}
      close={close}
    />
  );
}

/** Null where there is no rule. What is half said the server refuses, and says what is lacking. */
function rulesOf(experiment_id: string, { best, metric, goal, after, to }: Record<string, string>): SetRetention | null {
  const asked: SetRetention = { experiment_id };
  if (best || metric) Object.assign(asked, { keep_best: Number(best) || null, metric: metric || null, goal });
  if (after) Object.assign(asked, { thin_after_days: Number(after), thin_to: Number(to) });
  return best || metric || after ? asked : null;
}
