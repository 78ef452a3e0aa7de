// Loaded into Node children of `micro dev`: ends them when their parent is gone, however it went.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
