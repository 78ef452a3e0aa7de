// A program that starts its service and then runs it too: a mistake that must end it.
import { service } from "../../../src/service/index.js";

const mistaken = service({ name: "go.micro.srv.mistaken", drainDelay: 0 });
mistaken.handle("Say.Hello", {}, () => ({}));
await mistaken.start();
await mistaken.run();
