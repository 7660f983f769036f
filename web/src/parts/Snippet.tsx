/** The lines that log a first run here, with this server's own address, to be copied. */

import { ROOT } from "../api/client";
import { Code } from "./Code";

export function Snippet({ experiment }: { experiment?: string | undefined }) {
  const url = ROOT.href.replace(/\/$/, "");
  const chosen = experiment ? `mlflow.set_experiment(${JSON.stringify(experiment)})\n` : "";
  const text = `import mlflow

mlflow.set_tracking_uri("${url}")
${chosen}
with mlflow.start_run():
    mlflow.log_param("depth", 6)
    mlflow.log_metric("accuracy", 0.93)`;
  const shell = `export MLFLOW_TRACKING_URI=${url}`;
  return (
    <div class="snippets">
      {[text, shell].map((one) => (
        <Code key={one} text={one} />
      ))}
    </div>
  );
}
