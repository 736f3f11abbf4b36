import { Hash } from "../../hash.ts";
import type { Input, Option } from "../command.ts";
import { UsageError } from "../failure.ts";

/** The options of every command that takes an action id. */
export const actionOptions = {
  key: { value: "TEXT", short: "k", help: "use the SHA-256 of TEXT as the action id instead of ID" },
} as const satisfies Record<string, Option>;

/**
 * The action id of a command, and the file that may follow it.
 *
 * @param mayFollow whether the command takes a file
 * @throws {UsageError} for no id, an id that isn't 64 hexadecimal digits, or an extra operand
 */
export function chooseAction(
  { options, operands }: Input,
  mayFollow: boolean,
): { action: Uint8Array; file?: string } {
  const key = options.get("key");
  const [file, extra] = key === undefined ? operands.slice(1) : operands;
  const tooMuch = mayFollow ? extra : file;
  if (tooMuch !== undefined) {
    throw new UsageError(`unexpected argument ${JSON.stringify(tooMuch)}: --key already gives the action id`);
  }
  const action = key === undefined ? parseID(operands[0]) : new Hash("").update(key).digest();
  return file === undefined ? { action } : { action, file };
}

function parseID(id: string | undefined): Uint8Array {
  if (id === undefined)
    throw new UsageError("no action id given; expected 64 hexadecimal digits, or --key TEXT");
  if (!/^[0-9a-f]+$/i.test(id)) {
    throw new UsageError(
      `the action id ${JSON.stringify(id)} isn't hexadecimal; for any other text, use --key TEXT`,
    );
  }
  if (id.length !== 64) {
    const digits = id.length === 1 ? "digit" : "digits";
    throw new UsageError(
      `the action id ${id} has ${id.length} hexadecimal ${digits}; expected 64 (32 bytes)`,
    );
  }
  return Uint8Array.fromHex(id);
}
