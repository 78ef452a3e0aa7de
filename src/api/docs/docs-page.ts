/** Allows only the page's own files, and no framing. */
export const docsPolicy = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

export const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API</title>
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<main>
<h1 id="title">API</h1>
<p><a href="/openapi.json">openapi.json</a></p>
<p id="state" role="status">Loading</p>
<div id="paths"></div>
</main>
<script type="module" src="/docs/page.js"></script>
</body>
</html>
`;

/** Shown to users who open the gateway's root in a browser. */
export const startPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API gateway</title>
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<main>
<h1>API gateway</h1>
<p>Nothing is served at this path.</p>
<p><a href="/docs">See what can be called here</a></p>
</main>
</body>
</html>
`;

export const docsStyle = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
details { border: 1px solid #8886; border-radius: 6px; margin: .5rem 0; padding: .25rem .75rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary b { display: inline-block; min-width: 4.5rem; }
summary span { opacity: .8; }
@media (min-width: 40rem) { summary span { margin-left: .5rem; } }
@media (max-width: 40rem) { summary span { display: block; } }
pre { overflow: auto; background: #8882; padding: .75rem; border-radius: 6px; }
`;

/** Inserts names only as text nodes, because they come from the registry. */
export const docsScript = `const make = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? "" });
const state = document.getElementById("state");
try {
  const description = await (await fetch("/openapi.json")).json();
  document.getElementById("title").textContent = description.info.title;
  const paths = document.getElementById("paths");
  let count = 0;
  for (const [path, operations] of Object.entries(description.paths))
    for (const [method, operation] of Object.entries(operations)) {
      const entry = make("details");
      const summary = make("summary");
      summary.append(make("b", method.toUpperCase()), make("code", path), " ", make("span", operation.summary));
      entry.append(summary);
      if (operation.description) entry.append(make("p", operation.description));
      entry.append(make("pre", JSON.stringify(operation, null, 2)));
      paths.append(entry);
      count++;
    }
  state.textContent = count + (count === 1 ? " operation" : " operations");
} catch (error) {
  state.textContent = "Cannot be read: " + error.message;
}
`;
