/**
 * A text of a program's without what would move the cursor of a terminal, change its colours or turn its direction: such
 * a character is shown as its number. Line breaks and tabs stay.
 */
export function legible(text: string): string {
  return text.replace(/[[\p{Cc}\p{Bidi_C}]--[\n\t]]/gv, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}

/** A time for people: `3 ms`, `5.00 s`, `1 m 05 s`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 59.995) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, "0")} s`;
}
