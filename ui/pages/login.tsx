import { useEffect, useState } from "preact/hooks";
import { Command } from "../components/copy.js";
import { Failure, Loading } from "../components/page.js";
import { usePlace } from "../router.js";

/** Turns the one-time token of the printed link into a session. The token is in the fragment: no server log has it. */
export function LoginPage() {
  const { params } = usePlace();
  const [error, setError] = useState<Error>();
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get("t") ?? "");
  const from = params.get("from") ?? "/";
  useEffect(() => {
    if (token === "") return;
    history.replaceState(null, "", location.pathname + location.search);
    enter(token).then(() => location.replace(inside(from)), setError);
  }, [token, from]);
  return (
    <main class="login" id="main">
      <h1>Log in to micro</h1>
      {token !== "" && !error && <Loading lines={2} />}
      {error && <Failure error={error} what="This link does not open the dashboard" />}
      {(token === "" || error) && (
        <>
          <p>
            A token guards this dashboard. Its terminal printed a link that opens it once, within ten minutes;
            start it again for a new one.
          </p>
          <Command text="micro web --token_file PATH" />
        </>
      )}
    </main>
  );
}

async function enter(token: string): Promise<void> {
  const response = await fetch("/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (!response.ok)
    throw new Error(response.status === 429 ? "Too many tries: wait a minute" : "Used already, or too old");
}

/** Only a path of this server is gone to. */
function inside(path: string): string {
  return path.startsWith("/") && !path.startsWith("//") && !path.includes("\\") ? path : "/";
}
