import { importUnitTests } from "../support/unit-tests.js";

await importUnitTests(1);
