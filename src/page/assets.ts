import { join } from "node:path";

/** What every page contains. */
export interface Assets {
  /** JavaScript, to be run after the page. */
  readonly script: string;
  readonly style: string;
}

/** The assets as the build of the package made them. The sources have none. */
declare const pageAssets: Assets;

/** The assets of a page: those that the package has, or made of the sources. */
export async function assets(): Promise<Assets> {
  if (typeof pageAssets === "object") return pageAssets;
  return buildAssets(import.meta.dir);
}

/** Makes the assets of the sources in a folder. @throws (rejects) {AggregateError} if they have mistakes */
export async function buildAssets(folder: string): Promise<Assets> {
  const { outputs } = await Bun.build({
    entrypoints: [join(folder, "browser/main.ts"), join(folder, "browser/page.css")],
    target: "browser",
    minify: true,
  });
  const text = async (type: string) =>
    (await outputs.find((output) => output.type.startsWith(type))?.text()) ?? "";
  const made = { script: await text("text/javascript"), style: await text("text/css") };
  // In an HTML document these would end the element, or change how the rest of it is read.
  if (/<\/(script|style)|<!--/i.test(made.script + made.style))
    throw new Error("the assets can't be in a page");
  return made;
}
