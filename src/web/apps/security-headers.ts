import type { FastifyInstance } from "fastify";

const headers = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** Adds security headers to responses of the dashboard itself. Those of proxied apps are not changed. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook("onRequest", (_, reply, done) => {
    reply.headers(headers).header("Cache-Control", "no-store");
    done();
  });
}
