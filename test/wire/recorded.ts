import { readdirSync, readFileSync } from "node:fs";
import { type HttpMessage, parseMessages } from "./http-bytes.js";

const root = new URL("../fixtures/", import.meta.url);

/** The folders whose files are conversations of RPC peers. */
export const groups = ["rpc-2016", "rpc-1.7", "interop", "raw", "client-reaction", "debug"] as const;

export type Group = (typeof groups)[number];

/** What one run of the real programs left behind. */
export interface Recording {
  /** `rpc-2016/call.json.Hello.json`. */
  readonly file: string;
  readonly group: Group;
  readonly description: string;
  /** What the calling program printed. */
  readonly output: string;
  readonly connections: readonly Conversation[];
}

/** One connection: complete messages of each side, in order. */
export interface Conversation {
  readonly requests: readonly HttpMessage[];
  readonly responses: readonly Reply[];
  /** All that the caller sent. */
  readonly sent: Buffer;
  readonly closedByServer: boolean;
}

export interface Reply extends HttpMessage {
  /** Complete requests that had come before it. */
  readonly after: number;
}

interface RecordedEvent {
  readonly dir: string;
  readonly text?: string;
  readonly hex?: string;
}

interface RecordedFile {
  readonly description?: string;
  readonly programOutput?: string;
  readonly connections?: readonly { readonly messages: readonly RecordedEvent[] }[];
}

export function recordings(group: Group): Recording[] {
  const files = readdirSync(new URL(`${group}/`, root)).filter((name) => name.endsWith(".json"));
  return files.sort().map((name) => read(group, name));
}

function read(group: Group, name: string): Recording {
  const text = readFileSync(new URL(`${group}/${name}`, root), "utf8");
  const { description = "", programOutput = "", connections = [] } = JSON.parse(text) as RecordedFile;
  const conversations = connections.map(({ messages }) => conversation(messages));
  return { file: `${group}/${name}`, group, description, output: programOutput, connections: conversations };
}

function conversation(events: readonly RecordedEvent[]): Conversation {
  const sent = bytesOf(events, "c2s");
  const firstClose = events.find(({ dir }) => /^(fin|rst)-/.test(dir))?.dir ?? "";
  return {
    sent,
    requests: parseMessages(sent),
    responses: replies(events),
    closedByServer: firstClose.endsWith("s2c"),
  };
}

/** Each reply with the number of requests it had to wait for. */
function replies(events: readonly RecordedEvent[]): Reply[] {
  const found: Reply[] = [];
  for (let i = 0; i < events.length; i++) {
    const soFar = events.slice(0, i + 1);
    const after = Math.max(1, parseMessages(bytesOf(soFar, "c2s")).length);
    const known = parseMessages(bytesOf(soFar, "s2c"));
    for (const message of known.slice(found.length)) found.push({ ...message, after });
  }
  return found;
}

function bytesOf(events: readonly RecordedEvent[], dir: string): Buffer {
  const chunks = events.filter((event) => event.dir === dir);
  return Buffer.concat(
    chunks.map(({ text, hex }) => (hex === undefined ? Buffer.from(text ?? "") : Buffer.from(hex, "hex"))),
  );
}
