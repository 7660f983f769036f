/** A text in Markdown. It is shown as it was written until what reads it is loaded. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

type Render = (text: string) => ComponentChildren;

let known: Render | null = null;

export function Markdown({ text }: { text: string }) {
  const [render, setRender] = useState<Render | null>(() => known);
  useEffect(() => {
    if (!known) void import("./markdownNodes").then((file) => setRender(() => (known = file.markdownNodes)));
  }, []);
  return (
    <div class={render ? "markdown" : "markdown unread"} dir="auto">
      {render ? render(text) : text}
    </div>
  );
}
