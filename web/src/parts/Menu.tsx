/** A button with a list of things to do. Arrow keys go through it, Esc and a click elsewhere close it. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface MenuItem {
  label: string;
  act: () => void;
  danger?: boolean;
  checked?: boolean;
}

interface MenuProps {
  label: string;
  items: (MenuItem | null)[]; // null: not offered now
  children: ComponentChildren;
  class?: string;
}

export function Menu({ label, items, children, class: className = "quiet" }: MenuProps) {
  const [place, setPlace] = useState<{ top: number; left: number } | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setPlace(null);
    button.current?.focus({ preventScroll: true });
  };
  const open = () => {
    const { bottom, left } = button.current!.getBoundingClientRect();
    setPlace({ top: bottom + 2, left });
  };
  return (
    <>
      <button
        ref={button}
        class={className}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={place !== null}
        onClick={(event) => {
          event.stopPropagation();
          if (place) close();
          else open();
        }}
      >
        {children}
      </button>
      {place && <List place={place} items={items.filter((one) => one !== null)} close={close} label={label} />}
    </>
  );
}

interface ListProps {
  place: { top: number; left: number };
  items: MenuItem[];
  close: () => void;
  label: string;
}

function List({ place, items, close, label }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = list.current!;
    box.showPopover(); // above all, and placed in the window: the tables that it stands in cut off what leaves them
    box.style.left = `${Math.max(4, Math.min(place.left, window.innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${Math.max(4, Math.min(place.top, window.innerHeight - box.offsetHeight - 8))}px`;
    box.querySelector("button")?.focus();
  }, []);
  useEffect(() => {
    const box = list.current!;
    const button = box.previousElementSibling!;
    const elsewhere = ({ target }: Event) => {
      if (!box.contains(target as Node) && !button.contains(target as Node)) close();
    };
    const scrolled = ({ target }: Event) => {
      if ((target as Node).contains(button)) close(); // the button has gone from where the menu is
    };
    document.addEventListener("pointerdown", elsewhere);
    document.addEventListener("scroll", scrolled, true);
    return () => {
      document.removeEventListener("pointerdown", elsewhere);
      document.removeEventListener("scroll", scrolled, true);
    };
  }, []);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && event.key !== "Escape") return;
    event.preventDefault(); // a dialog around it stays open
    if (!step) return close();
    const buttons = [...list.current!.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div ref={list} class="menu" popover="manual" role="menu" aria-label={label} onKeyDown={move} onClick={(event) => event.stopPropagation()}>
      {items.map(({ label, act, danger, checked }) => (
        <button
          key={label}
          role={checked === undefined ? "menuitem" : "menuitemradio"}
          {...(checked === undefined ? {} : { "aria-checked": checked })}
          class={danger ? "danger" : ""}
          onClick={() => {
            close();
            act();
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
