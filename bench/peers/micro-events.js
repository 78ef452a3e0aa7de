// Messages of this toolkit through the broker that MICRO_BROKER names, by default http. A batch counts when all its
// publishes have resolved: with the http broker, when every subscriber has acknowledged.
import { silent } from "../../dist/core/log/log.js";
import { service } from "../../dist/service/index.js";
import { shapeOf } from "./listeners.js";
import { peer } from "./peer.js";

const batch = 250;
const own = { argv: [], env: process.env, drainDelay: 0, log: silent };
const acknowledged = process.env.MICRO_BROKER !== "nats";

/** Topics of one run: the registry still knows those of the last. */
const topicsOf = (id) => ({ topic: `go.micro.topic.bench-${id}`, heardTopic: `go.micro.topic.heard-${id}` });

await peer({
  async serve(work) {
    const { topic, heardTopic } = topicsOf(process.pid);
    const { nodes, listeners } = shapeOf(work);
    const services = Array.from({ length: nodes }, () => service({ ...own, name: "go.micro.srv.listener" }));
    let heard = 0;
    const hear = async () => {
      if (++heard % (batch * nodes * listeners) === 0 && !acknowledged)
        await services[0].client.publish(heardTopic, {});
    };
    for (const node of services) {
      for (let i = 0; i < listeners; i++) node.subscribe(topic, hear);
      node.run().catch((error) => console.error(error));
      while (node.server.address === "") await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    return String(process.pid);
  },
  async connect(id, work) {
    const { topic, heardTopic } = topicsOf(id);
    const { nodes, listeners } = shapeOf(work);
    const node = service({ ...own, name: "go.micro.bench" });
    const { client, broker } = node;
    await broker.connect();
    const waiting = [];
    if (!acknowledged) await broker.subscribe(heardTopic, async () => waiting.shift()());
    return {
      publish: async () => {
        const all = acknowledged ? undefined : new Promise((resolve) => waiting.push(resolve));
        const sent = [];
        for (let i = 0; i < batch; i++) sent.push(client.publish(topic, { n: i, text: "Hello John" }));
        await Promise.all(sent);
        await all;
        return batch * nodes * listeners;
      },
    };
  },
});
