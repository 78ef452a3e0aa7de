import fc from "fast-check";

// Loaded before each file of tests: one seed for all random choices.
if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });
