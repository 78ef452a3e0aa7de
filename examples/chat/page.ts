/** The page. `base` is the path under which the dashboard serves this app. Empty without a dashboard. */
export function page(base: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Chat</title>
  <base href="${base}/">
  <link rel="stylesheet" href="chat.css">
  <script type="module" src="chat.js"></script>
</head>
<body>
  <h1>Chat</h1>
  <ol id="messages" aria-live="polite"></ol>
  <form id="form">
    <input id="name" aria-label="Your name" placeholder="Your name" maxlength="40" required>
    <input id="text" aria-label="Message" placeholder="Message" maxlength="500" autocomplete="off" required>
    <button>Send</button>
  </form>
</body>
</html>
`;
}

export const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 36rem; padding: 2rem 1rem; }
ol { list-style: none; min-height: 12rem; padding: 0; }
li b { margin-right: .5rem; }
form { display: flex; gap: .5rem; }
input, button { font: inherit; padding: .4rem .7rem; }
#name { width: 9rem; }
#text { flex: 1; }
`;

/** Runs in the browser. Inserts messages as text, never as markup. */
export const script = `
const url = new URL("live", document.baseURI);
url.protocol = url.protocol.replace("http", "ws");
const socket = new WebSocket(url);
const messages = document.getElementById("messages");
const text = document.getElementById("text");
socket.onopen = () => { document.body.dataset.live = "true"; };
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  const line = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = message.name;
  line.append(name, message.text);
  messages.append(line);
};
document.getElementById("form").onsubmit = (event) => {
  event.preventDefault();
  socket.send(JSON.stringify({ name: document.getElementById("name").value, text: text.value }));
  text.value = "";
};
`;
