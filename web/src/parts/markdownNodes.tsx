/**
 * Markdown as elements of this page. What marked has read becomes nodes, never HTML: tags in the text are shown as text,
 * links lead to pages only, and pictures of other places are links.
 */

import { lexer, type Token, type Tokens } from "marked";
import type { ComponentChildren } from "preact";
import { safeLink, safePicture } from "../calc/links";

const LONGEST = 500_000; // characters; more is shown as it is

export function markdownNodes(text: string): ComponentChildren {
  if (text.length > LONGEST) return <pre>{text}</pre>;
  return lexer(text, { gfm: true, breaks: true }).map(node);
}

function nodes(tokens: Token[] | undefined): ComponentChildren {
  return (tokens ?? []).map(node);
}

function node(token: Token, at: number): ComponentChildren {
  switch (token.type) {
    case "heading": {
      const Level = `h${Math.min(6, (token as Tokens.Heading).depth + 2)}` as "h3";
      return <Level key={at}>{nodes(token.tokens)}</Level>;
    }
    case "paragraph":
      return <p key={at}>{nodes(token.tokens)}</p>;
    case "blockquote":
      return <blockquote key={at}>{nodes(token.tokens)}</blockquote>;
    case "list":
      return list(token as Tokens.List, at);
    case "table":
      return table(token as Tokens.Table, at);
    case "code":
      return (
        <pre key={at}>
          <code>{token.text as string}</code>
        </pre>
      );
    case "hr":
      return <hr key={at} />;
    case "strong":
      return <strong key={at}>{nodes(token.tokens)}</strong>;
    case "em":
      return <em key={at}>{nodes(token.tokens)}</em>;
    case "del":
      return <del key={at}>{nodes(token.tokens)}</del>;
    case "codespan":
      return <code key={at}>{token.text as string}</code>;
    case "br":
      return <br key={at} />;
    case "link":
      return linked(token as Tokens.Link, at);
    case "image":
      return picture(token as Tokens.Image, at);
    case "checkbox":
      return <input key={at} type="checkbox" disabled checked={Boolean(token["checked"])} aria-label="" />;
    case "space":
    case "def":
      return null;
    case "html":
      return token["block"] ? <p key={at}>{token.raw}</p> : token.raw;
    default: {
      const { tokens, text } = token as Tokens.Generic;
      return tokens ? nodes(tokens) : plain(String(text ?? token.raw));
    }
  }
}

function list({ ordered, start, items }: Tokens.List, at: number) {
  const inner = items.map((item, index) => <li key={index}>{nodes(item.tokens)}</li>);
  return ordered ? (
    <ol key={at} start={start || 1}>
      {inner}
    </ol>
  ) : (
    <ul key={at}>{inner}</ul>
  );
}

function table({ header, rows }: Tokens.Table, at: number) {
  return (
    <div key={at} class="scroll" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {header.map((cell, index) => (
              <th key={index}>{nodes(cell.tokens)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column}>{nodes(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function linked({ href, tokens }: Tokens.Link, at: number) {
  const address = safeLink(href);
  if (!address) return <span key={at}>{nodes(tokens)}</span>;
  return (
    <a key={at} href={address} target="_blank" rel="noreferrer noopener nofollow">
      {nodes(tokens)}
    </a>
  );
}

function picture({ href, text }: Tokens.Image, at: number) {
  const own = safePicture(href);
  if (own) return <img key={at} src={own} alt={text} />;
  const address = safeLink(href);
  if (!address) return text;
  return (
    <a key={at} href={address} target="_blank" rel="noreferrer noopener nofollow">
      {text || address}
    </a>
  );
}

const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** Character references are the one thing that HTML would have read here. */
function plain(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name) return NAMED[name] ?? whole;
    const code = decimal ? Number(decimal) : parseInt(hex ?? "", 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
