import { request } from "../../api.js";
import { type Live, live } from "../../live.js";
import { useStore } from "../../store.js";
import { Icon } from "../icon.js";

const guarded = (state: Live) => state.access.login;

async function leave(): Promise<void> {
  await request("/logout", { method: "POST" }).catch(() => undefined);
  location.assign("/login");
}

/** Ends the session, where there is one. */
export function Session() {
  if (!useStore(live, guarded)) return null;
  return (
    <button type="button" class="tool" onClick={leave} title="Log out">
      <Icon name="leave" />
      <span class="sr">Log out</span>
    </button>
  );
}
