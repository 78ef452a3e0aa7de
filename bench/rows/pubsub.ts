import { Pair, race, ratio } from "../race.ts";
import type { Measured, Ratio } from "../report.ts";
import type { Row } from "./options.ts";

/** Batches of 250 messages under way: a new one begins when its predecessor was acknowledged, or heard. */
const batches = 4;

/** Publishing to one subscriber and to ten: our default broker, our nats broker, Moleculer's events, the NATS client. */
export const pubsub: Row = async ({ ms, rounds, surroundings }) => {
  const nats = await surroundings.nats();
  const measured: Measured[] = [];
  for (const [work, listeners, atLeast] of [
    ["one", 1, 3],
    ["ten", 10, 5],
  ] as const) {
    const pairs = [
      await Pair.start({ name: "micro, http", file: "micro-events", work }),
      await Pair.start({ name: "moleculer", file: "moleculer-events", work }),
    ];
    if (nats) {
      const env = { BENCH_NATS: nats, MICRO_BROKER: "nats", MICRO_BROKER_ADDRESS: nats };
      pairs.push(await Pair.start({ name: "micro, nats", file: "micro-events", work, env }));
      pairs.push(await Pair.start({ name: "nats client", file: "nats-events", work, env }));
    }
    const entries = await race(pairs, { work: "publish", callers: batches, ms }, rounds);
    const [own, moleculer, ownNats, client] = entries.map(({ rates }) => rates);
    const ratios: Ratio[] = [
      { of: "rate, ours / moleculer", reached: ratio(own ?? [], moleculer ?? []), atLeast },
    ];
    if (ownNats && client)
      ratios.push({
        of: "rate, ours over nats / nats client",
        reached: ratio(ownNats, client),
        atLeast: 0.7,
      });
    measured.push({ goal: "P9", what: `publish to ${listeners}`, unit: "deliveries/s", entries, ratios });
    await Promise.all(pairs.map((pair) => pair.stop()));
  }
  return measured;
};
