/** The stage of a version; None is not worth a word. */

export function Stage({ stage }: { stage: string }) {
  if (stage === "None") return null;
  return <span class={`stage ${stage.toLowerCase()}`}>{stage}</span>;
}
