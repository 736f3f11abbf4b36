import { describe, expect, test } from "bun:test";
import { createContext, runInContext } from "node:vm";
import { Random } from "../fixtures/random.ts";
import type { FieldValue } from "../src/frame.ts";
import { frameField } from "../src/frame.ts";
import { Hash } from "../src/index.ts";

/** The bytes of a field, in hex. */
function framed(name: string, value: FieldValue): string {
  const parts: Uint8Array[] = [];
  frameField(name, value, (data) => parts.push(typeof data === "string" ? Buffer.from(data) : data.slice()));
  return Buffer.concat(parts).toString("hex");
}

function isArray(value: FieldValue): value is readonly FieldValue[] {
  return Array.isArray(value);
}

/** The format once more, from its documentation alone. */
function documented(value: FieldValue): Buffer {
  const frame = (tag: string, length: number, ...content: readonly Uint8Array[]) => {
    const head = Buffer.from(`${tag}--------`);
    head.writeBigUInt64BE(BigInt(length), 1);
    return Buffer.concat([head, ...content]);
  };
  if (value === null) return frame("z", 0);
  if (value instanceof Uint8Array) return frame("b", value.length, value);
  if (typeof value === "boolean") return frame(value ? "t" : "f", 0);
  if (typeof value === "string") return frame("s", Buffer.from(value).length, Buffer.from(value));
  if (typeof value === "bigint") return frame("i", String(value).length, Buffer.from(String(value)));
  if (typeof value === "number") {
    const double = Buffer.alloc(8);
    double.writeDoubleBE(Object.is(value, -0) ? 0 : value);
    return frame("n", 8, double);
  }
  if (isArray(value)) return frame("a", value.length, ...value.map(documented));
  const entries = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return frame("o", entries.length, ...entries.flat().map(documented));
}

function said(value: unknown): string {
  try {
    // @ts-expect-error: this is what a caller without types may pass
    new Hash("").field("config", value);
  } catch (error) {
    expect(error).toMatchObject({ name: "ArgumentError", code: "BAD_ARGUMENT" });
    return (error as Error).message;
  }
  return "accepted";
}

function arbitrary(random: Random, depth: number): FieldValue {
  const text = () =>
    random.repeat(0, 3, () => random.pick(["a", "b", "é", "\uffee", "😀", "\0", "s"])).join("");
  const leaves: (() => FieldValue)[] = [
    text,
    () => random.bytes(random.below(4)),
    () => random.pick([0, 1, -1, 0.1, 2 ** 53, -0, 5e-324]),
    () => BigInt(random.below(5) - 2),
    () => random.percent(50),
    () => null,
  ];
  const kind = random.below(depth > 0 ? 9 : 6);
  if (kind < 6) return leaves[kind]?.() ?? null;
  if (kind < 8) return random.repeat(0, 3, () => arbitrary(random, depth - 1));
  return Object.fromEntries(random.repeat(0, 3, () => [text(), arbitrary(random, depth - 1)]));
}

/** The value as text by which two values can be told apart, whatever the order of keys. */
function identity(value: FieldValue): string {
  if (value instanceof Uint8Array) return `bytes(${value.toHex()})`;
  if (typeof value === "bigint") return `${value}n`;
  if (isArray(value)) return `[${value.map(identity)}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${identity(item)}`)
    .sort()}}`;
}

/** The same value, with the keys of each object the other way round. */
function reversed(value: FieldValue): FieldValue {
  if (isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, reversed(item)] as const);
  return Object.fromEntries(entries.reverse());
}

describe("a field's bytes", () => {
  test("are those of the documented test vector", () => {
    const vector = `
      73 0000000000000001 61
      61 0000000000000002
         6e 0000000000000008 0000000000000000
         6f 0000000000000002
            73 0000000000000001 62
            69 0000000000000001 31
            73 0000000000000001 63
            73 0000000000000002 c3a9`.replace(/\s/g, "");
    const value = [-0, { c: "é", b: 1n }];
    expect(framed("a", value)).toBe(vector);
    expect(vector).toHaveLength(2 * 86);
    const hash = new Hash("").field("a", value);
    expect(hash.digest()).toEqual(new Hash("").update(Uint8Array.fromHex(vector)).digest());
  });

  test("are what the documentation says, for 5,000 values", () => {
    const random = new Random(1);
    for (let round = 0; round < 5_000; round++) {
      const value = arbitrary(random, 3);
      expect(framed("n", value)).toBe(Buffer.concat([documented("n"), documented(value)]).toString("hex"));
    }
  });

  test("differ for different values, and only for those; the order of keys doesn't count", () => {
    const random = new Random(2);
    const seen = new Map<string, string>();
    for (let round = 0; round < 20_000; round++) {
      const value = arbitrary(random, 3);
      const bytes = framed("n", value);
      expect(framed("n", reversed(value))).toBe(bytes);
      expect(seen.getOrInsert(bytes, identity(value))).toBe(identity(value));
    }
    expect(seen.size).toBe(new Set(seen.values()).size);
    expect(seen.size).toBeGreaterThan(5_000);
  });

  test("are never the start of another field's bytes, so a sequence can be read in one way only", () => {
    const random = new Random(3);
    const all = new Set(random.repeat(3_000, 3_000, () => framed("n", arbitrary(random, 2))));
    const sorted = [...all].sort();
    const starts = sorted.filter((bytes, at) => sorted[at + 1]?.startsWith(bytes));
    expect(starts).toEqual([]);
  });

  test.each([
    [1, "1"],
    [1, 1n],
    [1, true],
    ["", null],
    ["a", Uint8Array.of(97)],
    [[], {}],
    [["a", "b"], ["ab"]],
    [[["a"], "b"], [["a", "b"]]],
    [{ a: "b" }, ["a", "b"]],
    [{ a: { b: 1 } }, { a: {}, b: 1 }],
  ])("differ: %p and %p", (one, other) => {
    expect(framed("n", one)).not.toBe(framed("n", other));
  });

  test("are the same for -0 and 0, a Buffer and its bytes, and an object without a prototype", () => {
    expect(framed("n", -0)).toBe(framed("n", 0));
    expect(framed("n", Buffer.from("a"))).toBe(framed("n", Uint8Array.of(97)));
    expect(framed("n", Object.assign(Object.create(null), { a: 1 }))).toBe(framed("n", { a: 1 }));
    expect(framed("n", JSON.parse('{"__proto__":1}'))).not.toBe(framed("n", {}));
  });
});

describe("fields", () => {
  test("don't run together, as updates do", () => {
    const ab = new Hash("").field("a", "b").digest();
    expect(new Hash("").field("ab", "").digest()).not.toEqual(ab);
    expect(new Hash("").field("", "ab").digest()).not.toEqual(ab);
    expect(new Hash("a").update("bc").digest()).toEqual(new Hash("ab").update("c").digest());
    const split = new Hash("").field("a", 1).field("b", 2).digest();
    expect(new Hash("").field("b", 2).field("a", 1).digest()).not.toEqual(split);
  });

  test("follow updates, and updates follow fields, as plain bytes", () => {
    const bytes = (text: string) => Buffer.from(framed(text, 1), "hex");
    const mixed = new Hash("salt").update("u").field("f", 1).update("v").field("g", 1).digest();
    const plain = Buffer.concat([Buffer.from("saltu"), bytes("f"), Buffer.from("v"), bytes("g")]);
    expect(mixed).toEqual(new Hash("").update(plain).digest());
  });

  test("that are refused leave the hash as it was", () => {
    const hash = new Hash("salt").field("a", 1);
    const before = hash.digest();
    expect(() => hash.field("b", [1, 2, Number.NaN])).toThrow("NaN");
    expect(hash.digest()).toEqual(before);
  });
});

describe("a value without a canonical form is refused:", () => {
  class Point {
    readonly x = 1;
  }
  const cycle: { list: unknown[] } = { list: [] };
  cycle.list.push({ back: cycle });
  const deep = JSON.parse(`${"[".repeat(1_001)}${"]".repeat(1_001)}`);
  const proxy = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("no keys here");
      },
    },
  );
  const getter = {
    get a() {
      throw new TypeError("not now");
    },
  };
  const detached = new Uint8Array(8);
  detached.buffer.transfer();

  test.each([
    [undefined, 'the value of the field "config" is undefined; expected bytes, text'],
    [{ a: [1, { b: undefined }] }, 'the value of the field "config", at .a[1].b, is undefined'],
    [Number.NaN, "is NaN"],
    [[Number.POSITIVE_INFINITY], "at [0], is Infinity"],
    [() => 1, "is a function"],
    [{ "a b": Symbol("s") }, 'at ["a b"], is Symbol(s)'],
    [{ when: new Date(0) }, "at .when, is a Date"],
    [new Map(), "is a Map"],
    [new Blob([]), "is a Blob"],
    [[new Point()], "at [0], is a Point"],
    [Object.create({ a: 1 }), "is an Object"],
    [new (class extends Array {})(), "is an object"],
    [new Uint16Array(1), "is a Uint16Array"],
    [new ArrayBuffer(1), "is an ArrayBuffer"],
    [Object(1), "is a Number"],
    [cycle, "at .list[0].back, contains itself"],
    [deep, "[0][0], is nested too deeply; expected at most 1000"],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what this is about
    [[1, , 3], "at [1], is a hole"],
    [new Array(4e9), "at [0], is a hole"],
    [/b/.exec("abc"), "is an array with more properties than its elements"],
    [{ [Symbol("s")]: 1 }, "has a symbol as a key"],
    [["\ud800"], "at [0], has a lone surrogate"],
    [{ a: { "\udc00": 1 } }, 'at .a["\\udc00"], has a lone surrogate'],
    [proxy, 'the value of the field "config" can\'t be read: no keys here'],
    [getter, "can't be read: not now"],
    [{ a: detached }, "at .a, no longer has bytes"],
  ])("%#", (value, message) => {
    expect(said(value)).toContain(message);
  });

  test("a plain object of another context, which may have changed what plain is", () => {
    expect(said(runInContext("({ a: 1 })", createContext({})))).toContain("is an Object");
  });

  test("a name that isn't text", () => {
    // @ts-expect-error: this is what a caller without types may pass
    expect(() => new Hash("").field(5, 1)).toThrow("the name of a field is 5; expected text");
    expect(() => new Hash("").field("\ud800", 1)).toThrow("the name of a field has a lone surrogate");
  });
});

test("a value may occur twice, and be 1,000 deep", () => {
  const shared = { a: [1] };
  expect(said([shared, shared])).toBe("accepted");
  expect(said(JSON.parse(`${"[".repeat(1_000)}${"]".repeat(1_000)}`))).toBe("accepted");
});
