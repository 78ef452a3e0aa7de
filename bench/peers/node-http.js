// The bare server, loaded by wrk.
import { echo } from "./echo.js";
import { peer } from "./peer.js";

await peer({ serve: echo, connect: async () => ({}) });
