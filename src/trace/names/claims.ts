import type { ActionName } from "./action-name.ts";

/** Names of action ids, from rules that know nothing of each other. What two of them name differently has no name. */
export class Claims {
  readonly #names = new Map<string, ActionName>();
  readonly #disputed = new Set<string>();

  /** Names an action id, in hex. */
  claim(action: string, name: ActionName): void {
    const known = this.#names.get(action);
    if (known === undefined) this.#names.set(action, name);
    else if (!isSame(known, name)) this.#disputed.add(action);
  }

  /** The name of an action id, in hex. */
  of(action: string): ActionName | undefined {
    return this.#disputed.has(action) ? undefined : this.#names.get(action);
  }

  /** Whether a rule has named it, even if another one names it differently. */
  has(action: string): boolean {
    return this.#names.has(action);
  }

  /** The ids that have different names. */
  get disputed(): ReadonlySet<string> {
    return this.#disputed;
  }
}

function isSame(a: ActionName, b: ActionName): boolean {
  return a.kind === b.kind && a.package === b.package && a.file === b.file;
}
