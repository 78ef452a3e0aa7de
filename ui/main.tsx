import { render } from "preact";
import { App, pages } from "./app.js";
import { listenToKeys } from "./keys.js";
import { follow } from "./live.js";
import { followLinks } from "./router.js";
import { applyTheme } from "./theme.js";
import "./styles/main.css";

applyTheme();
followLinks((path) => path === "/login" || pages.some((page) => page.path === path));
listenToKeys();
if (location.pathname !== "/login") follow();
const root = document.getElementById("app");
if (root) render(<App />, root);
