/** The HTTP methods that Node's parser accepts. The same as `METHODS` of `node:http`, without loading that module. */
export const httpMethods: ReadonlySet<string> = new Set(
  [
    "ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY",
    "OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK",
    "UNLOCK UNSUBSCRIBE",
  ]
    .join(" ")
    .split(" "),
);
