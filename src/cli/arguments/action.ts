import { Hash } from "../../hash.ts";
import type { Input, Option } from "../command.ts";
import { UsageError } from "../failure.ts";

/** The options of every command that takes an action id. */
export const actionOptions = {
  key: { value: "TEXT", short: "k", help: "use the SHA-256 of TEXT as the action id, instead of ID" },
} as const satisfies Record<string, Option>;

/**
 * The action id of a command, and the one operand that may follow it.
 *
 * @throws {UsageError} for hex of the wrong length or with other characters, no id at all, or an operand too many
 */
export function chooseAction(
  { options, operands }: Input,
  mayFollow: boolean,
): { action: Uint8Array; file?: string } {
  const key = options.get("key");
  const [file, extra] = key === undefined ? operands.slice(1) : operands;
  const tooMuch = mayFollow ? extra : file;
  if (tooMuch !== undefined) {
    throw new UsageError(`there is no use for ${JSON.stringify(tooMuch)}: the action id comes from --key`);
  }
  const action = key === undefined ? parseID(operands[0]) : new Hash("").update(key).digest();
  return file === undefined ? { action } : { action, file };
}

function parseID(id: string | undefined): Uint8Array {
  if (id === undefined)
    throw new UsageError("there is no action id; expected 64 hexadecimal digits, or --key TEXT");
  if (!/^[0-9a-f]+$/i.test(id)) {
    throw new UsageError(
      `the action id ${JSON.stringify(id)} is not hexadecimal; for any other text, use --key TEXT`,
    );
  }
  if (id.length !== 64) {
    const digits = id.length === 1 ? "digit" : "digits";
    throw new UsageError(
      `the action id ${id} has ${id.length} hexadecimal ${digits}; expected 64, which are 32 bytes`,
    );
  }
  return Uint8Array.fromHex(id);
}
