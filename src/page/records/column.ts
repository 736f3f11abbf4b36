/*
 * Records as a page holds them: one array for each column, as JSON. The generator writes them, and the script of the page
 * reads them. A hundred thousand records take a second less than as objects.
 */

/** What a word means, as a color and a sign: the color alone tells nothing to those who don't see it. */
export type Tone = "good" | "warn" | "info" | "bad" | "plain";

/** The sign of a tone. */
export const toneSigns: Readonly<Record<Tone, string>> = {
  good: "●",
  warn: "○",
  info: "◆",
  bad: "✕",
  plain: "·",
};

interface Base {
  readonly key: string;
  /** The heading. */
  readonly title: string;
  /** `details`: only with the record that is selected. `wide`: only where there is room. */
  readonly shown?: "details" | "wide";
}

/** Words: each is stored once. */
export interface TextColumn extends Base {
  readonly kind: "text";
  readonly words: readonly string[];
  /** The place of each record's word. */
  readonly at: readonly number[];
  /** By word; a word without a tone is shown as it is. */
  readonly tones?: Readonly<Record<string, Tone>>;
  /** The set of records in which the details search for the word when one asks for that. */
  readonly searches?: string;
  /** Few words, which one can choose from. */
  readonly choice?: boolean;
}

/** Numbers: how many, a time in microseconds, a size in bytes, a share from 0 to 1. null: there is none. */
export interface NumberColumn extends Base {
  readonly kind: "count" | "time" | "size" | "share";
  readonly values: readonly (number | null)[];
}

/** Ids of the same length, which are shown in hex: each is stored once. */
export interface IdColumn extends Base {
  readonly kind: "id";
  /** How many bytes an id has. */
  readonly width: number;
  /** All ids, one after another, in base64. */
  readonly bytes: string;
  /** The place of each record's id; -1: there is none. */
  readonly at: readonly number[];
}

export type Column = TextColumn | NumberColumn | IdColumn;

/** Which columns a timeline is made of. */
export interface TimelineColumns {
  /** When a record begins and how long it lasts, in microseconds. */
  readonly start: string;
  readonly length: string;
  /** Records with the same word are drawn together. */
  readonly band: string;
  /** The text column whose tones are the colors, and the one whose words stand in the spans where there is room. */
  readonly tone: string;
  readonly label: string;
}

/** A set of records. */
export interface RecordData {
  /** How many. */
  readonly count: number;
  /** What one is called, and several: "request", "requests". */
  readonly noun: readonly [one: string, many: string];
  readonly columns: readonly Column[];
  readonly timeline?: TimelineColumns;
}
