import type { FastifyInstance } from "fastify";
import { openapi } from "../openapi.js";

const policy = "default-src 'none'; style-src 'sha256-";

/** `/openapi.json`: the description of the routes. `/`: a page that lists them. */
export async function openapiRoutes(app: FastifyInstance): Promise<void> {
  const { createHash } = await import("node:crypto");
  const digest = createHash("sha256").update(style).digest("base64");
  const html = Buffer.from(page());
  app.get("/openapi.json", async () => openapi);
  app.get("/", async (_, reply) =>
    reply
      .headers({
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": `${policy}${digest}'; base-uri 'none'; frame-ancestors 'none'`,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
      })
      .send(html),
  );
}

const style =
  "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}" +
  "code{font-family:ui-monospace,monospace}dt{margin-top:1rem}";

function page(): string {
  const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary }]) => {
      const route = `${method.toUpperCase()} ${path}`;
      return `<dt><code>${escaped(route)}</code></dt><dd>${escaped(summary)}</dd>`;
    }),
  );
  const { title, description } = openapi.info;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>` +
    `<meta name="viewport" content="width=device-width"><style>${style}</style></head><body><main>` +
    `<h1>${escaped(title)}</h1><p>${escaped(description)} All of it as <a href="/openapi.json">OpenAPI</a>.</p>` +
    `<dl>${operations.join("")}</dl></main></body></html>`
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
