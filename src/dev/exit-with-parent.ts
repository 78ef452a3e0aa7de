// Loaded into Node children of `micro dev`: ends them when their parent is gone, however it went.
import { whenParentIsGone } from "./parent.js";

whenParentIsGone((signal) => process.kill(process.pid, signal));
process.channel?.unref();
