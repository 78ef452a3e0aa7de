// How fluid the dashboard is with 500 services of 20 nodes: node --import tsx bench/dashboard.ts
import { performance } from "node:perf_hooks";
import { Dashboards } from "../test/support/dashboard.js";
import { openBrowser } from "../test/support/programs/browser.js";

const services = 500;
const nodes = 20;
const typed = ["o", "or", "ord", "orde", "order", "order-4", "order-42"];

/** Types into the filter, and waits for the next frame after the list is redrawn. */
const filter = (text: string) => `new Promise((resolve) => {
  const field = document.querySelector("[data-filter]");
  const started = performance.now();
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, ${JSON.stringify(text)});
  field.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)));
})`;

await using dashboards = new Dashboards();
for (let i = 0; i < services; i++)
  await dashboards.registry.register({
    name: `go.micro.srv.${["order", "user", "mail", "stock"][i % 4]}-${i}`,
    version: "1.0.0",
    metadata: {},
    endpoints: [],
    nodes: Array.from({ length: nodes }, (_, node) => ({
      id: `${i}-${node}`,
      address: `10.0.${i % 250}.${node}`,
      port: 9000,
      metadata: { server: "rpc", transport: "http" },
    })),
  });
const http = await dashboards.open();
const browser = await openBrowser();
const page = await browser.newPage();
for (const visit of ["cold", "warm"]) {
  const started = performance.now();
  await page.goto(`${http.url}/registry`);
  await page.getByRole("row").nth(10).waitFor();
  console.log(`first content, ${visit}: ${Math.round(performance.now() - started)} ms`);
}
const times: number[] = [];
for (const text of typed) times.push(Number(await page.evaluate(filter(text))));
console.log(
  `filter ${services} services: median ${Math.round(times.sort((a, b) => a - b)[3] ?? 0)} ms, worst ${Math.round(times.at(-1) ?? 0)} ms`,
);
await browser.close();
