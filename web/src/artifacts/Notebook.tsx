/** A Jupyter notebook: its cells, and what they had put out. Nothing of it runs. */

import { notebookCells, type Cell, type Output } from "../calc/notebook";
import { Markdown } from "../parts/Markdown";
import { t } from "../state/preferences";
import { safeHtml } from "./safeHtml";

export function Notebook({ value }: { value: unknown }) {
  const cells = notebookCells(value);
  if (!cells.length) return <p class="none">{t("noCells")}</p>;
  return (
    <div class="notebook">
      {cells.map((cell, at) => (
        <One key={at} cell={cell} />
      ))}
    </div>
  );
}

function One({ cell }: { cell: Cell }) {
  if (cell.kind === "markdown") return <Markdown text={cell.source} />;
  return (
    <div class="cell">
      <span class="none mono">[{cell.count ?? " "}]</span>
      <pre tabIndex={0}>{cell.source}</pre>
      {cell.outputs.map((output, at) => (
        <div key={at} class="output">
          <Shown output={output} />
        </div>
      ))}
    </div>
  );
}

function Shown({ output }: { output: Output }) {
  switch (output.kind) {
    case "picture":
      return <img src={output.address} alt={t("picture")} />;
    case "html":
      return <div class="scroll markdown">{safeHtml(output.html)}</div>;
    case "markdown":
      return <Markdown text={output.text} />;
    case "text":
      return <pre class={output.failed ? "failed" : ""}>{output.text}</pre>;
  }
}
