import { Pair, type Runner, race, ratio } from "../race.js";
import type { Measured } from "../report.js";
import type { Row, RowOptions } from "./options.js";

/** Batches of 250 messages in flight. A new one starts when its predecessor was acknowledged or received. */
const batches = 4;

/** Subscribers: see `peers/listeners.js`. The goal for 1 → 10 refers to ten nodes with one subscriber each. */
const listeners = [
  { work: "one", what: "publish to 1", atLeast: 3 },
  { work: "nodes", what: "publish to 10 nodes", atLeast: 5 },
  { work: "ten", what: "publish to 10 in one node", atLeast: 5 },
] as const;

/** The default broker and Moleculer's events, nats and the NATS client, the sidecar's sockets and `ws`. */
export const pubsub: Row = async (options) => {
  const measured: Measured[] = [];
  for (const { work, what, atLeast } of listeners)
    measured.push(
      await compare(options, what, "ours / moleculer", atLeast, [
        { name: "micro, http", file: "micro-events", work },
        { name: "moleculer", file: "moleculer-events", work },
      ]),
    );
  const nats = await options.surroundings.nats();
  const env = { BENCH_NATS: nats, MICRO_BROKER: "nats", MICRO_BROKER_ADDRESS: nats };
  for (const [work, count] of [
    ["one", 1],
    ["ten", 10],
  ] as const) {
    if (nats)
      measured.push(
        await compare(options, `publish over nats to ${count}`, "ours / nats client", 0.7, [
          { name: "micro, nats", file: "micro-events", work, env },
          { name: "nats client", file: "nats-events", work, env },
        ]),
      );
    measured.push(
      await compare(options, `broadcast to ${count} WebSockets`, "sidecar / ws", 0.7, [
        { name: "sidecar", file: "micro-sockets", work },
        { name: "ws", file: "ws-sockets", work },
      ]),
    );
  }
  return measured;
};

async function compare(
  { ms, rounds }: RowOptions,
  what: string,
  of: string,
  atLeast: number,
  runners: readonly Runner[],
): Promise<Measured> {
  const pairs: Pair[] = [];
  for (const runner of runners) pairs.push(await Pair.start(runner));
  const entries = await race(pairs, { work: "publish", callers: batches, ms }, rounds);
  const [own, other] = entries.map(({ rates }) => rates);
  await Promise.all(pairs.map((pair) => pair.stop()));
  const ratios = [{ of: `rate, ${of}`, reached: ratio(own ?? [], other ?? []), atLeast }];
  return { goal: "P9", what, unit: "deliveries/s", entries, ratios };
}
