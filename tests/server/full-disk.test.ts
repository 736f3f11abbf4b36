import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DiskStore } from "../../src/server/index.ts";
import { RequestBody } from "../../src/server/request-body.ts";
import { action, bodyOf, close, get, put as putText, sha256 } from "./client-bytes.ts";
import { ServerProcess } from "./server-process.ts";
import { TempDirectory } from "./temp-directory.ts";

const isRoot = process.getuid?.() === 0;
const parent = new TempDirectory();
/** A file system of 1 MiB, where this user may mount one. */
const small = join(parent.path, "small");
mkdirSync(small);
const isMounted =
  process.platform === "linux" && isRoot && mount(["-t", "tmpfs", "-o", "size=1m", "cacheprogw-test", small]);

afterAll(() => {
  if (isMounted) Bun.spawnSync(["umount", small]);
  parent[Symbol.dispose]();
});

function mount(args: readonly string[]): boolean {
  return Bun.which("mount") !== null && Bun.spawnSync(["mount", ...args]).success;
}

function put(store: DiskStore, actionID: Uint8Array, content: Uint8Array): Promise<unknown> {
  const body = new RequestBody(() => {});
  const request = { id: 1, actionID, outputID: sha256(content), size: content.length, body };
  const stored = Promise.try(() => store.put(request));
  body.push(content);
  body.end(undefined);
  return stored;
}

/** A body goes in, then none does, for the reason given; what is there is served, and one warning given. */
async function expectToServeOnly(store: DiskStore, warnings: string[], reason: string): Promise<void> {
  const message = new RegExp(`^the store in ${store.directory} can not be written: ${reason}: `);
  for (const at of [1, 2, 3]) {
    const failing = put(store, action(`${at}`), bodyOf(2 * 1024 * 1024, at));
    await expect(failing).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringMatching(message),
    });
    expect(store.get({ id: 1, actionID: action(`${at}`) })).toBeNull();
  }
  expect(store.get({ id: 1, actionID: action("kept") })).toMatchObject({ size: 9 });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toStartWith(
    `cacheprogw: the store in ${store.directory} can not be written: ${reason}: `,
  );
}

const needsMount = "(needs Linux and root, to mount a small file system)";

test.skipIf(!isMounted)(
  `a full disk fails puts, once with a warning, and gets are served ${needsMount}`,
  async () => {
    const warnings: string[] = [];
    const store = DiskStore.open(join(small, "full"), { warn: (line) => warnings.push(line) });
    await put(store, action("kept"), bodyOf(9));
    await expectToServeOnly(store, warnings, "ENOSPC");
    expect(readdirSync(join(store.directory, "tmp"))).toEqual([]);
    await put(store, action("small again"), bodyOf(10));
    expect(store.get({ id: 1, actionID: action("small again") })).toMatchObject({ size: 10 });
  },
);

test.skipIf(!isMounted)(
  `a disk that is full after the body and before its entry leaves a miss ${needsMount}`,
  async () => {
    const warnings: string[] = [];
    const store = DiskStore.open(join(small, "entry"), { warn: (line) => warnings.push(line) });
    const page = new Uint8Array(4096);
    let filled = 0;
    try {
      for (; ; filled++) writeFileSync(join(small, `filler-${filled}`), page);
    } catch {
      rmSync(join(small, `filler-${filled}`));
    }
    rmSync(join(small, "filler-0"));
    await expect(put(store, action("b"), bodyOf(1000))).rejects.toThrow("ENOSPC");
    expect(store.get({ id: 1, actionID: action("b") })).toBeNull();
    for (let at = 1; at < filled; at++) rmSync(join(small, `filler-${at}`));
    await put(store, action("b"), bodyOf(1000));
    expect(store.get({ id: 1, actionID: action("b") })).toMatchObject({ size: 1000 });
    expect(warnings).toHaveLength(1);
  },
);

test.skipIf(!isMounted)(
  `a server on a full disk answers puts with an error and says why once ${needsMount}`,
  async () => {
    await using server = new ServerProcess(["--dir", join(small, "server")]);
    const big = [2, 3].map((id) => putText(id, action(`${id}`), bodyOf(2 * 1024 * 1024, id)));
    server.write(putText(1, action("kept"), bodyOf(9)) + big.join("") + get(4, action("kept")) + close(5));
    const answers = (await server.rest()).sort((a, b) => a.ID - b.ID);
    const Err = expect.stringMatching(/^the store in .* can not be written: ENOSPC: /);
    const ids = answers.map(({ ID, Err: error }) => (error === undefined ? ID : { ID, Err: error }));
    expect(ids).toEqual([0, 1, { ID: 2, Err }, { ID: 3, Err }, 4, 5]);
    expect(await server.stderr()).toMatch(/^cacheprogw: .*ENOSPC.*; puts fail, and gets are served\n$/);
    expect(await server.child.exited).toBe(0);
  },
);

test.skipIf(!isMounted)(`a read-only file system fails puts, and gets are served ${needsMount}`, async () => {
  const warnings: string[] = [];
  const path = join(small, "read-only");
  await put(DiskStore.open(path), action("kept"), bodyOf(9));
  expect(mount(["-o", "remount,ro", small])).toBe(true);
  const store = DiskStore.open(path, { warn: (line) => warnings.push(line) });
  await expectToServeOnly(store, warnings, "EROFS");
  expect(mount(["-o", "remount,rw", small])).toBe(true);
});

test.skipIf(isRoot)(
  "a directory without permission fails puts, and gets are served (not as root, who has any permission)",
  async () => {
    const warnings: string[] = [];
    const path = join(parent.path, "forbidden");
    await put(DiskStore.open(path), action("kept"), bodyOf(9));
    for (const directory of [path, join(path, "tmp")]) chmodSync(directory, 0o555);
    try {
      const store = DiskStore.open(path, { warn: (line) => warnings.push(line) });
      await expectToServeOnly(store, warnings, "EACCES");
    } finally {
      for (const directory of [path, join(path, "tmp")]) chmodSync(directory, 0o755);
    }
  },
);
