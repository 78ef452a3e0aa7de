import { MicroError, unavailable } from "../core/errors.js";

/** Subscribers of which one receives each message: the members of a queue, or a single subscriber without a queue. */
export type Group<Member> = readonly Member[];

/** How to reach the members of groups. */
export interface Delivery<Member> {
  /** Resolves when the member has acknowledged. @throws the error for the publisher. */
  deliver(member: Member): Promise<void>;
  /** Returns the name of the member, for error texts. */
  name(member: Member): string;
}

/**
 * Delivers to all groups at the same time. Within a group, tries one member after the other until one acknowledges.
 * @throws {MicroError} 503 that names the subscribers, if no member of a group acknowledges.
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

/** Shuffles the members, so that a queue shares its messages. */
export function inRandomOrder<Member>(members: readonly Member[]): Member[] {
  const order = [...members];
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1));
    const [a, b] = [order[i], order[other]];
    if (a !== undefined && b !== undefined) [order[i], order[other]] = [b, a];
  }
  return order;
}

/** Tries one member after the other until one acknowledges. Resolves with the last failure if none does. */
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

/**
 * Makes the error for a subscriber that has unsubscribed since it was looked up. It does not make a publication fail.
 */
export function gone(subscriber: string): MicroError {
  const detail = `no subscriber "${subscriber}" any more`;
  return new MicroError("go.micro.broker", goneCode, detail, { executed: "no" });
}

function isGone({ code, executed }: MicroError): boolean {
  return code === goneCode && executed === "no";
}

/** Code of the error for a subscriber that has unsubscribed. */
export const goneCode = 410;

function isError(failure: MicroError | undefined): failure is MicroError {
  return failure !== undefined;
}

/** Makes the error of `publish`: of `asked` subscribers, those in `failures` did not acknowledge. */
export function notAcknowledged(topic: string, failures: readonly MicroError[], asked: number): MicroError {
  const list = failures.map(({ node, detail }) => `${node} (${detail})`);
  return unavailable(
    "go.micro.broker",
    `publish "${topic}": not acknowledged by ${failures.length} of ${asked} subscribers: ${list.join(", ")}`,
    { cause: new AggregateError(failures), reason: failures[0]?.reason, executed: "unknown" },
  );
}
