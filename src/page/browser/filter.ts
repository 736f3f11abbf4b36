import { countText } from "../../quantities.ts";
import { element } from "./element.ts";

interface Item {
  readonly element: HTMLElement;
  /** In lower case. */
  readonly text: string;
  readonly choices: Readonly<Record<string, string>>;
}

/** Adds a filter to a list: by words of the items, and by what one can choose. */
export function addFilter(place: HTMLElement): void {
  const noun = place.dataset.filter ?? "";
  const items = [...place.querySelectorAll<HTMLElement>("[data-choices]")].map((item): Item => {
    const choices: Record<string, string> = JSON.parse(item.dataset.choices ?? "{}");
    return { element: item, text: (item.textContent ?? "").toLowerCase(), choices };
  });
  if (items.length < 2) return;
  const search = element("input", { type: "search", placeholder: "words" });
  const count = element("output", { "aria-live": "polite" });
  const selects = Object.keys(items[0]?.choices ?? {}).flatMap((name) => selectOf(name, items));
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const item of items) {
      const isChosen = selects.every(([name, select]) => ["", item.choices[name]].includes(select.value));
      const isShown = isChosen && words.every((word) => item.text.includes(word));
      item.element.hidden = !isShown;
      if (isShown) shown++;
    }
    const all = `${countText(items.length)} ${noun}`;
    count.textContent = shown === items.length ? all : `${countText(shown)} of ${all}`;
  };
  const labels = selects.map(([name, select]) => element("label", {}, name, select));
  const bar = element(
    "div",
    { class: "toolbar", role: "search", "aria-label": `Filter the ${noun}` },
    element("label", { class: "grow" }, "Filter", search),
    ...labels,
    count,
  );
  bar.addEventListener("input", show);
  place.prepend(bar);
  show();
}

/** What one can choose; nothing if all items have the same word. */
function selectOf(name: string, items: readonly Item[]): readonly (readonly [string, HTMLSelectElement])[] {
  const words = [...new Set(items.map(({ choices }) => choices[name] ?? ""))].sort();
  if (words.length < 2) return [];
  const options = words.map((word) => element("option", { value: word }, word));
  return [[name, element("select", {}, element("option", { value: "" }, "all"), ...options)]];
}
