import { Pair, race, ratio } from "../race.js";
import type { Measured } from "../report.js";
import type { Row } from "./options.js";

/** Messages from the server, and both ways with 100 in flight. */
export const stream: Row = async ({ ms, rounds }) => {
  const pairs: Pair[] = [];
  for (const name of ["bare-tcp", "micro", "grpc"]) pairs.push(await Pair.start({ name, work: "stream" }));
  const measured: Measured[] = [];
  for (const [work, callers, atLeast] of [
    ["server", 1, 5],
    ["both", 100, 4],
  ] as const) {
    const entries = await race(pairs, { work, callers, ms }, rounds);
    const [bare, own, grpc] = entries;
    const ratios = [
      { of: "rate, ours / grpc-js", reached: ratio(own?.rates ?? [], grpc?.rates ?? []), atLeast },
      { of: "rate, ours / bare-tcp", reached: ratio(own?.rates ?? [], bare?.rates ?? []) },
    ];
    const what =
      work === "server" ? "server stream, 1,000 messages each" : "bidirectional stream, 100 under way";
    measured.push({ goal: "P6", what, unit: "messages/s", entries, ratios });
  }
  await Promise.all(pairs.map((pair) => pair.stop()));
  return measured;
};
