import { describe, expect, test } from "bun:test";
import {
  decodeManifest,
  encodeManifest,
  type Manifest,
  type OutputFile,
  UnsoundResult,
} from "../../../src/step/result/manifest.ts";

const digest = "ab".repeat(32);
const file = (path: string, size = 0): OutputFile => ({ kind: "file", path, mode: 0o644, size, digest });

function manifest(change: Partial<Record<keyof Manifest, unknown>> = {}): Record<string, unknown> {
  return { version: 1, duration: 5, packs: [], log: [], files: [], ...change };
}

function bytesOf(value: unknown, rest = ""): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n${rest}`);
}

describe("a manifest", () => {
  test("is read as it was written", () => {
    const files: OutputFile[] = [
      file("dist/a.js", 3),
      { kind: "directory", path: "dist/empty" },
      { kind: "symlink", path: "dist/link", target: "../src/a.ts" },
    ];
    const text = [Buffer.from("out"), Buffer.from("err")];
    const written = encodeManifest(
      {
        files,
        log: [
          [1, 3],
          [2, 3],
        ],
        packs: [],
        duration: 12,
      },
      text,
      Buffer.from("abc"),
    );
    const { manifest, text: read, data } = decodeManifest(written);
    expect(manifest).toEqual({
      files,
      log: [
        [1, 3],
        [2, 3],
      ],
      packs: [],
      duration: 12,
    });
    expect([Buffer.from(read).toString(), Buffer.from(data).toString()]).toEqual(["outerr", "abc"]);
  });

  test.each<[string, unknown, string, string]>([
    ["another version", { ...manifest(), version: 2 }, "", "isn't of this version"],
    ["no JSON", 5, "", "it isn't an object"],
    ["a negative duration", manifest({ duration: -1 }), "", "its duration"],
    ["no list of files", manifest({ files: {} }), "", "its files: there is no list"],
    ["a file twice", manifest({ files: [file("a"), file("a")] }), "", "isn't in its place"],
    ["files out of order", manifest({ files: [file("b"), file("a")] }), "", "isn't in its place"],
    ["names that differ in case", manifest({ files: [file("A"), file("a")] }), "", "the same file on some"],
    [
      "names that differ in form",
      manifest({ files: [file("e\u0301"), file("\u00e9")] }),
      "",
      "the same file on some",
    ],
    ["a file as a folder", manifest({ files: [file("a"), file("a/b")] }), "", "can't be the folder of a/b"],
    [
      "a file as a folder in another case",
      manifest({ files: [file("A"), file("a/b")] }),
      "",
      "can't be the folder",
    ],
    ["too little data", manifest({ files: [file("a", 4)] }), "abc", "3 bytes of data; expected 4"],
    ["too much data", manifest({ files: [file("a", 2)] }), "abc", "3 bytes of data; expected 2"],
    ["text that is cut off", manifest({ log: [[1, 4]] }), "abc", "its text is cut off"],
    ["an empty part of its log", manifest({ log: [[1, 0]] }), "", "is empty"],
    ["more text than is kept", manifest({ log: [[1, 2 ** 24 + 1]] }), "", "it printed 16777217 bytes"],
    [
      "a name that's too long",
      manifest({ files: [file(`d/${"é".repeat(128)}`)] }),
      "",
      "more than 255 bytes",
    ],
    [
      "a path that's too long",
      manifest({ files: [file(`${"é".repeat(127)}/`.repeat(17))] }),
      "",
      "longer than 4096 bytes",
    ],
    [
      "a symlink to a path that's too long",
      manifest({ files: [link("é/".repeat(1400))] }),
      "",
      "its target isn't text that names a file",
    ],
    ["a log of another stream", manifest({ log: [[3, 0]] }), "", "neither of stdout nor of stderr"],
    ["an empty pack", manifest({ packs: [{ digest, size: 0 }] }), "", "pack 0 has 0 bytes"],
    [
      "a pack that is too long",
      manifest({ packs: [{ digest, size: 2 ** 25 + 1 }] }),
      "",
      "pack 0 has 33554433 bytes",
    ],
    [
      "a pack twice",
      manifest({
        files: [file("a", 2)],
        packs: [
          { digest, size: 1 },
          { digest, size: 1 },
        ],
      }),
      "",
      "it has a pack twice",
    ],
    ["packs and data", manifest({ packs: [{ digest, size: 1 }] }), "a", "both packs and data"],
    [
      "a mode with setuid",
      manifest({ files: [{ ...file("a"), mode: 0o4755 }] }),
      "",
      "expected permissions alone",
    ],
    ["a size that isn't whole", manifest({ files: [{ ...file("a"), size: 0.5 }] }), "", "the size of"],
    ["a digest that isn't one", manifest({ files: [{ ...file("a"), digest: "x" }] }), "", "has no SHA-256"],
    ["a device", manifest({ files: [{ kind: "device", path: "a" }] }), "", "neither a file, a symlink nor"],
    ["an absolute path", manifest({ files: [file("/etc/passwd")] }), "", "it isn't relative"],
    ["a path that leads out", manifest({ files: [file("dist/../../x")] }), "", "one that is . or .."],
    ["a path with an empty part", manifest({ files: [file("dist//x")] }), "", "an empty part"],
    ["a path with NUL", manifest({ files: [file("a\0b")] }), "", "isn't text that names a file"],
    [
      "a path with half a character",
      manifest({ files: [file("a\ud800")] }),
      "",
      "isn't text that names a file",
    ],
    ["no path", manifest({ files: [{ kind: "file" }] }), "", "a file has no path"],
    ["an absolute symlink", manifest({ files: [link("/etc")] }), "", "its target isn't relative"],
    ["a symlink that leads out", manifest({ files: [link("../../x")] }), "", "outside the directory"],
    [
      "a symlink that leads out by another one",
      manifest({ files: [link("b/../..")] }),
      "",
      ".. after a name",
    ],
    [
      "a symlink that leads out and back",
      manifest({ files: [link("a/../../../x/y")] }),
      "",
      ".. after a name",
    ],
    [
      "a symlink without a target",
      manifest({ files: [{ kind: "symlink", path: "a" }] }),
      "",
      "has no target",
    ],
  ])("with %s is refused", (_, value, rest, why) => {
    const decode = () => decodeManifest(bytesOf(value, rest));
    expect(decode).toThrow(UnsoundResult);
    expect(decode).toThrow(why);
  });

  test("is refused if it makes more than a million files and folders", () => {
    // 2,000 folders and a file each, in less than 3 MB.
    const files = Array.from({ length: 501 }, (_, at) => file(`${1000 + at}${"/d".repeat(1_999)}/f`));
    expect(() => decodeManifest(bytesOf(manifest({ files })))).toThrow("more than 1000000 files and folders");
  });

  test("is refused if it's cut anywhere", () => {
    const whole = encodeManifest(
      { files: [file("a", 3)], log: [[1, 2]], packs: [], duration: 0 },
      [Buffer.from("hi")],
      Buffer.from("abc"),
    );
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeManifest(whole.subarray(0, length))).toThrow(UnsoundResult);
  });
});

function link(target: string): OutputFile {
  return { kind: "symlink", path: "dist/link", target };
}
