import { MicroError, unavailable } from "../core/errors.js";

/** Subscribers of which one takes the message: the members of a queue, or one that has no queue. */
export type Group<Member> = readonly Member[];

/** Where messages go. */
export interface Delivery<Member> {
  /** Resolves when the member acknowledged. @throws what the publisher is told. */
  deliver(member: Member): Promise<void>;
  /** The name of the member, for people. */
  name(member: Member): string;
}

/**
 * Delivers to every group at once, within a group to one member after the other until one acknowledges.
 * @throws {MicroError} 503 with the subscribers that did not, when a group has none that does.
 */
export async function fanOut<Member>(
  topic: string,
  groups: readonly Group<Member>[],
  delivery: Delivery<Member>,
): Promise<void> {
  const [only] = groups;
  if (only === undefined) return;
  const outcomes =
    groups.length === 1
      ? [await deliverToOne(only, delivery)]
      : await Promise.all(groups.map((group) => deliverToOne(group, delivery)));
  if (outcomes.some(isError)) throw notAcknowledged(topic, outcomes.filter(isError), groups.length);
}

/** The members in random order, so that a queue shares its messages. */
export function inRandomOrder<Member>(members: readonly Member[]): Member[] {
  const order = [...members];
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1));
    const [a, b] = [order[i], order[other]];
    if (a !== undefined && b !== undefined) [order[i], order[other]] = [b, a];
  }
  return order;
}

/** Delivers to one member after the other until one acknowledges. Resolves with why none did. */
export async function deliverToOne<Member>(
  group: Group<Member>,
  delivery: Delivery<Member>,
): Promise<MicroError | undefined> {
  let failure: MicroError | undefined;
  for (const member of group) {
    try {
      await delivery.deliver(member);
      return undefined;
    } catch (error) {
      const why = MicroError.from(error, "go.micro.broker");
      if (!isGone(why)) failure = why.with({ node: delivery.name(member) });
    }
  }
  return failure;
}

/** The subscriber has left since it was found: nobody expects that it acknowledges. */
export function gone(subscriber: string): MicroError {
  const detail = `no subscriber "${subscriber}" any more`;
  return new MicroError("go.micro.broker", goneCode, detail, { executed: "no" });
}

function isGone({ code, executed }: MicroError): boolean {
  return code === goneCode && executed === "no";
}

/** Code of the error that says so. */
export const goneCode = 410;

function isError(failure: MicroError | undefined): failure is MicroError {
  return failure !== undefined;
}

/** What `publish` rejects with: `failures` name those of the `asked` that did not acknowledge. */
export function notAcknowledged(topic: string, failures: readonly MicroError[], asked: number): MicroError {
  const list = failures.map(({ node, detail }) => `${node} (${detail})`);
  return unavailable(
    "go.micro.broker",
    `publish "${topic}": not acknowledged by ${failures.length} of ${asked} subscribers: ${list.join(", ")}`,
    { cause: new AggregateError(failures), reason: failures[0]?.reason, executed: "unknown" },
  );
}
