import { mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const names = [
  "google-chrome-stable",
  "google-chrome",
  "chromium-browser",
  "chromium",
  "brave-browser",
  "chrome",
];

/** The path of a browser that Bun can drive; undefined if there is none. */
export const browserPath =
  process.env.BUN_CHROME_PATH ??
  names.map((name) => Bun.which(name)).find((path) => path !== null) ??
  undefined;

/** To be said in the name of a test that is skipped without one. */
export const needsBrowser = "(needs Chromium)";

/** Opens pages in one browser, one after another, in a folder of its own. */
export class Browser implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "cacheprogw-browser-"));
  #view: Bun.WebView | undefined;
  #ended: Promise<void> | undefined;
  /** What went wrong in the page: errors, what the policy refused; and what it asked for beyond itself. */
  readonly troubles: string[] = [];

  /** Opens a page in a window of this size. */
  async open(html: string, width = 1280, height = 900): Promise<Bun.WebView> {
    const file = join(this.#folder, "page.html");
    await Bun.write(file, html);
    const view = this.#view ?? (await this.#start());
    this.#view = view;
    await view.resize(width, height);
    await view.navigate(`file://${file}`);
    return view;
  }

  /**
   * A script that runs the browser, with its temporary files in our folder, and says when it has ended: Bun says neither
   * where the files are nor when.
   */
  #program(): string {
    const [program, temporary] = [join(this.#folder, "chromium"), join(this.#folder, "tmp")];
    mkdirSync(temporary);
    const text = `#!/bin/sh\nTMPDIR='${temporary}' '${browserPath}' "$@"\n: >'${join(this.#folder, "ended")}'\n`;
    writeFileSync(program, text, { mode: 0o755 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = watch(this.#folder, (_, name) => {
      if (name === "ended") resolve();
    });
    this.#ended = promise.finally(() => watcher.close());
    return program;
  }

  async #start(): Promise<Bun.WebView> {
    const view = new Bun.WebView({
      dataStore: { directory: join(this.#folder, "profile") },
      // The sandbox of Chromium needs rights that containers and root don't have. The pages are our own.
      backend: {
        type: "chrome",
        path: this.#program(),
        argv: ["--no-sandbox", "--disable-dev-shm-usage"],
      },
      console: (type, ...values) => {
        if (type === "error" || type === "warn") this.troubles.push(values.map(String).join(" "));
      },
    });
    await view.navigate("about:blank");
    const listen = (
      type: string,
      trouble: (data: Record<string, Record<string, unknown>>) => string | undefined,
    ) =>
      view.addEventListener(type, (event) => {
        const text = trouble((event as MessageEvent<Record<string, Record<string, unknown>>>).data);
        if (text !== undefined) this.troubles.push(text);
      });
    listen("Runtime.exceptionThrown", ({ exceptionDetails }) => JSON.stringify(exceptionDetails));
    listen("Log.entryAdded", ({ entry }) => String(entry?.text));
    listen("Network.requestWillBeSent", ({ request }) => {
      const url = String(request?.url);
      return url.startsWith("file:") && url.endsWith("/page.html") ? undefined : `a request of ${url}`;
    });
    for (const domain of ["Runtime", "Log", "Network"]) await view.cdp(`${domain}.enable`);
    return view;
  }

  /** Closes the browser, and removes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#view?.cdp("Browser.close");
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
