import { expect, test } from "vitest";
import { en } from "./en";
import { es } from "./es";
import { fill } from "./fill";
import { refused } from "./refusals";

const places = (text: string) => [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name).sort();

test("both languages say the same things and fill the same places", () => {
  expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
  for (const name of Object.keys(en) as (keyof typeof en)[]) {
    expect(es[name], name).not.toBe("");
    expect(places(es[name]), name).toEqual(places(en[name]));
  }
});

test("places are filled by number and locale", () => {
  expect(fill("{count|1 run|# runs} of {name}", { count: 1, name: "x" }, "en")).toBe("1 run of x");
  expect(fill("{count|1 run|# runs}", { count: 12345 }, "es")).toBe("12.345 runs");
  expect(fill("{nothing}", {}, "en")).toBe("");
});

test("what the server says in English comes after words in the reader's language", () => {
  expect(refused("en", "PERMISSION_DENIED", "No.")).toBe("No.");
  expect(refused("es", "PERMISSION_DENIED", "No.")).toMatch(/^Le falta permiso.*No\.$/);
  expect(refused("es", "constructor", "No.")).toBe("No.");
});
