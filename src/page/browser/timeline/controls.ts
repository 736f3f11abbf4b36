import { element } from "../element.ts";

/** What one can do with the window of a timeline. */
export interface TimeActions {
  zoomIn(): void;
  zoomOut(): void;
  /** Moves it by a part of its length; back if that's negative. */
  pan(part: number): void;
  start(): void;
  end(): void;
  all(): void;
}

/** Buttons, and beside them what is in the window and how else to change it. */
export function buttons(actions: TimeActions, where: HTMLElement): HTMLElement {
  const all = [
    ["Zoom in", "+", () => actions.zoomIn()],
    ["Zoom out", "−", () => actions.zoomOut()],
    ["Earlier", "←", () => actions.pan(-0.5)],
    ["Later", "→", () => actions.pan(0.5)],
    ["Show all", "All", () => actions.all()],
  ] as const;
  const made = all.map(([label, text, act]) => {
    const button = element("button", { type: "button", "aria-label": label, title: label }, text);
    button.addEventListener("click", act);
    return button;
  });
  const hint = "Drag to move, Ctrl and the wheel to zoom. Drag in the overview above to choose a part.";
  return element("div", { class: "controls" }, ...made, where, element("span", { class: "hint" }, hint));
}

/** Lets the keyboard do the same where it has the focus. */
export function obeyKeys(stage: HTMLElement, actions: TimeActions): void {
  const keys: Readonly<Record<string, () => void>> = {
    "+": () => actions.zoomIn(),
    "=": () => actions.zoomIn(),
    "-": () => actions.zoomOut(),
    "0": () => actions.all(),
    ArrowLeft: () => actions.pan(-0.2),
    ArrowRight: () => actions.pan(0.2),
    Home: () => actions.start(),
    End: () => actions.end(),
  };
  stage.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}
