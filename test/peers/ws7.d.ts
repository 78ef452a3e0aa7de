/** The last major of ws but one; what is used of it has the same form in both. */
declare module "ws7" {
  import { WebSocket, WebSocketServer } from "ws";

  const ws: typeof WebSocket & { readonly Server: typeof WebSocketServer };
  export default ws;
}
