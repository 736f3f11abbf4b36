/** What a pointer does on a timeline. Places are in pixels of the canvas. */
interface Gestures {
  /** Whether a place is in the overview. */
  isOverview(y: number): boolean;
  onPan(pixels: number): void;
  onZoom(factor: number, x: number): void;
  /** A part of the overview was chosen. */
  onChoose(from: number, to: number): void;
  /** The pointer is there; undefined: it's gone. */
  onPoint(x: number | undefined, y: number): void;
  onClick(x: number, y: number): void;
}

/** Less than this many pixels is a click, not a drag. */
const slack = 4;

/** Turns the events of mouse, pen, finger and wheel into gestures. */
export class Pointer {
  readonly #gestures: Gestures;
  /** Where the button was pressed, and where the pointer was last. */
  #drag: { readonly x: number; readonly inOverview: boolean; last: number; moved: boolean } | undefined;

  constructor(canvas: HTMLCanvasElement, gestures: Gestures) {
    this.#gestures = gestures;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      const { offsetX: x, offsetY: y } = event;
      this.#drag = { x, last: x, inOverview: gestures.isOverview(y), moved: false };
    });
    canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.#move(offsetX, offsetY));
    canvas.addEventListener("pointerup", ({ offsetX, offsetY }) => this.#up(offsetX, offsetY));
    canvas.addEventListener("pointercancel", () => {
      this.#drag = undefined;
    });
    canvas.addEventListener("pointerleave", () => gestures.onPoint(undefined, 0));
    canvas.addEventListener("dblclick", ({ offsetX, offsetY }) => {
      if (!gestures.isOverview(offsetY)) gestures.onZoom(0.25, offsetX);
    });
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #move(x: number, y: number): void {
    const drag = this.#drag;
    if (drag === undefined) this.#gestures.onPoint(x, y);
    if (drag === undefined) return;
    drag.moved ||= Math.abs(x - drag.x) > slack;
    if (!drag.moved) return;
    if (drag.inOverview) this.#gestures.onChoose(drag.x, x);
    else this.#gestures.onPan(x - drag.last);
    drag.last = x;
  }

  #up(x: number, y: number): void {
    const drag = this.#drag;
    this.#drag = undefined;
    if (drag === undefined || drag.moved) return;
    if (drag.inOverview) this.#gestures.onChoose(x, x);
    else this.#gestures.onClick(x, y);
  }

  /** The wheel alone scrolls the page; sideways it moves the timeline, and with Ctrl (or by two fingers) it zooms. */
  #wheel(event: WheelEvent): void {
    const isZoom = event.ctrlKey || event.metaKey;
    const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!isZoom && !isSideways) return;
    event.preventDefault();
    if (isZoom)
      this.#gestures.onZoom(Math.exp(Math.max(Math.min(event.deltaY, 200), -200) / 250), event.offsetX);
    else this.#gestures.onPan(-(event.deltaX || event.deltaY));
  }
}
