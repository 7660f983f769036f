/**
 * HTML that a notebook holds (tables of pandas, mostly) as elements of this page: a few kinds of elements, none of their
 * attributes but the width of cells, and links to pages. Nothing else of it is kept, so nothing of it can run.
 */

import { h, type ComponentChildren } from "preact";
import { safeLink, safePicture } from "../calc/links";

const KEPT = new Set(
  ("table thead tbody tfoot tr th td caption p div span b strong i em u s sub sup small code pre br hr ul ol li dl dt dd " +
    "blockquote h1 h2 h3 h4 h5 h6").split(" "),
);
const DROPPED = new Set(["script", "style", "template", "iframe", "object", "embed", "noscript", "head", "title", "svg", "math"]);
const DEEPEST = 60;

export function safeHtml(html: string): ComponentChildren {
  // A document that is read so has no window: it loads nothing and runs nothing.
  return children(new DOMParser().parseFromString(html, "text/html").body, 0);
}

function children(element: Element, depth: number): ComponentChildren[] {
  return [...element.childNodes].map((one) => node(one, depth));
}

function node(one: ChildNode, depth: number): ComponentChildren {
  if (one.nodeType === Node.TEXT_NODE) return one.textContent;
  if (!(one instanceof Element) || depth > DEEPEST) return null;
  const name = one.localName;
  if (DROPPED.has(name)) return null;
  if (name === "a") {
    const href = safeLink(one.getAttribute("href") ?? "");
    const rel = "noreferrer noopener nofollow";
    return href ? h("a", { href, target: "_blank", rel }, children(one, depth + 1)) : children(one, depth + 1);
  }
  if (name === "img") {
    const src = safePicture(one.getAttribute("src") ?? "");
    return src && h("img", { src, alt: one.getAttribute("alt") ?? "" });
  }
  if (!KEPT.has(name)) return children(one, depth + 1);
  if (name === "br" || name === "hr") return h(name, {});
  return h(name, spans(one), children(one, depth + 1));
}

function spans(cell: Element): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of ["colspan", "rowspan"]) {
    const value = Number(cell.getAttribute(name));
    if (Number.isInteger(value) && value > 1 && value <= 1000) found[name] = value;
  }
  return found;
}
