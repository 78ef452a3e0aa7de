import { transportSuite } from "../../../src/testing/transport/transport.js";
import { HttpTransport } from "../../../src/transport/http/transport.js";

transportSuite("http", async () => new HttpTransport());
