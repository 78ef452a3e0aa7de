import type { NodeStats } from "../../../src/web/model.js";
import { age, bytes, count, duration } from "../../format.js";

/** What each node says of itself. */
export function StatsTable({ entries }: { entries: readonly NodeStats[] }) {
  return (
    <div class="table-scroll">
      <table class="table plain-table">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">Version</th>
            <th scope="col">Started</th>
            <th scope="col">Uptime</th>
            <th scope="col">Memory</th>
            <th scope="col">Threads</th>
            <th scope="col">Collecting garbage</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ node, version, stats, error }) => (
            <tr key={node}>
              <td>
                <code class="id">{node}</code>
              </td>
              <td>{version || "–"}</td>
              {stats ? (
                <>
                  <td>{new Date(stats.started * 1_000).toLocaleString("en-GB")}</td>
                  <td>{age(stats.uptime * 1_000)}</td>
                  <td>{bytes(stats.memory)}</td>
                  <td>{count(stats.threads)}</td>
                  <td>{duration(stats.gc / 1e6)}</td>
                </>
              ) : (
                <td colSpan={5} class="bad">
                  {error}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
