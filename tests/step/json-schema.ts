/** A schema, or a part of one. */
type Schema = Readonly<Record<string, unknown>>;

/**
 * Whether a value is valid by a JSON schema (draft-07). It knows the keywords that schema.json uses, and throws for others,
 * so that none is ignored.
 */
export function isValid(value: unknown, schema: Schema, root: Schema = schema): boolean {
  return Object.entries(schema).every(([keyword, argument]) => {
    const check = keywords[keyword];
    if (check === undefined) throw new Error(`unknown keyword ${keyword}`);
    return check(value, argument, { schema, root });
  });
}

interface Context {
  readonly schema: Schema;
  readonly root: Schema;
}

type Keyword = (value: unknown, argument: unknown, context: Context) => boolean;

const keywords: Readonly<Record<string, Keyword>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  default: () => true,
  definitions: () => true,
  $ref: (value, path, { root }) => isValid(value, target(path, root), root),
  type: (value, type) => typeOf(value) === type,
  enum: (value, choices) => list(choices).includes(value),
  pattern: (value, source) => typeof value !== "string" || new RegExp(String(source), "u").test(value),
  not: (value, schema, { root }) => !isValid(value, object(schema), root),
  allOf: (value, schemas, { root }) => list(schemas).every((schema) => isValid(value, object(schema), root)),
  anyOf: (value, schemas, { root }) => list(schemas).some((schema) => isValid(value, object(schema), root)),
  minItems: (value, least) => !Array.isArray(value) || value.length >= Number(least),
  maxItems: (value, most) => !Array.isArray(value) || value.length <= Number(most),
  uniqueItems: (value) => !Array.isArray(value) || new Set(value).size === value.length,
  contains: (value, schema, { root }) =>
    !Array.isArray(value) || value.some((item) => isValid(item, object(schema), root)),
  items: (value, items, { root }) =>
    !Array.isArray(value) ||
    (Array.isArray(items)
      ? items.every((schema, at) => at >= value.length || isValid(value[at], object(schema), root))
      : value.every((item) => isValid(item, object(items), root))),
  additionalItems: (value, rest, { schema, root }) =>
    !Array.isArray(value) ||
    value.slice(list(schema.items).length).every((item) => isValid(item, object(rest), root)),
  required: (value, names) =>
    !isObject(value) || list(names).every((name) => Object.hasOwn(value, String(name))),
  propertyNames: (value, names, { root }) =>
    !isObject(value) || Object.keys(value).every((name) => isValid(name, object(names), root)),
  properties: (value, properties, { root }) =>
    !isObject(value) ||
    Object.entries(object(properties)).every(
      ([name, property]) => !Object.hasOwn(value, name) || isValid(value[name], object(property), root),
    ),
  additionalProperties: (value, rest, { schema, root }) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([name, property]) =>
        Object.hasOwn(object(schema.properties ?? {}), name) ||
        (rest !== false && isValid(property, object(rest), root)),
    ),
};

/** The part of a schema that a reference such as `#/definitions/step` means. */
function target(path: unknown, root: Schema): Schema {
  const [start, ...names] = String(path).split("/");
  if (start !== "#") throw new Error(`unknown reference ${path}`);
  return names.reduce((schema, name) => object(schema[name]), root);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function isObject(value: unknown): value is Schema {
  return typeOf(value) === "object";
}

function object(value: unknown): Schema {
  if (isObject(value)) return value;
  throw new Error(`the schema has ${JSON.stringify(value)} where an object belongs`);
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`the schema has ${JSON.stringify(value)} where a list belongs`);
}
