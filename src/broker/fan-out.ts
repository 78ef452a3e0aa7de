import { MicroError, unavailable } from "../core/errors.js";

/** Subscribers of which one takes the message: the members of a queue, or one that has no queue. */
export type Group<Member> = readonly Member[];

/**
 * Delivers to every group at once, within a group to one member after the other until one acknowledges.
 * @throws {MicroError} 503 with the subscribers that did not, when a group has none that does.
 */
export async function fanOut<Member>(
  topic: string,
  groups: readonly Group<Member>[],
  deliver: (member: Member) => Promise<void>,
): Promise<void> {
  const [only] = groups;
  if (only === undefined) return;
  const failures = (await Promise.all(groups.map((group) => deliverToOne(group, deliver)))).filter(isError);
  if (failures.length > 0) throw notAcknowledged(topic, failures, groups.length);
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

/** A delivery whose error names the subscriber. */
export async function named(subscriber: string, delivery: Promise<void>): Promise<void> {
  try {
    await delivery;
  } catch (error) {
    throw MicroError.from(error, "go.micro.broker").with({ node: subscriber });
  }
}

async function deliverToOne<Member>(
  group: Group<Member>,
  deliver: (member: Member) => Promise<void>,
): Promise<MicroError | undefined> {
  let failure: MicroError | undefined;
  for (const member of group) {
    try {
      await deliver(member);
      return undefined;
    } catch (error) {
      const why = MicroError.from(error, "go.micro.broker");
      if (!isGone(why)) failure = why;
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

const goneCode = 410;

function isError(failure: MicroError | undefined): failure is MicroError {
  return failure !== undefined;
}

function notAcknowledged(topic: string, failures: readonly MicroError[], asked: number): MicroError {
  const list = failures.map(({ node, detail }) => (node === undefined ? detail : `${node} (${detail})`));
  return unavailable(
    "go.micro.broker",
    `publish "${topic}": not acknowledged by ${failures.length} of ${asked} subscribers: ${list.join(", ")}`,
    { cause: new AggregateError(failures), reason: failures[0]?.reason, executed: "unknown" },
  );
}
