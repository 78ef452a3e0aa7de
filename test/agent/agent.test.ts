import { agent } from "../../src/agent/index.js";
import { needs } from "../support/needs.js";
import { startConsul } from "../support/servers/consul.js";
import { consulApiSuite } from "./consul-api.js";

consulApiSuite("the embedded agent", () => agent({ address: "127.0.0.1:0" }));
consulApiSuite("Consul", () => startConsul(), needs("consul"));
