/** Returns the key of the set of a topic's queues. The key of a queue's stream is this one, a colon, and the queue. */
export function topicKey(topic: string): string {
  return `micro:topic:${topic}`;
}

/** Milliseconds for which a silent subscriber without a queue is kept. */
const forgottenAfter = 5 * 60 * 1000;
/** Milliseconds of grace after that, since the server itself may have been down all the time. */
const doubtedFor = 60_000;

/**
 * Adds a message to the stream of each queue, or to none if one is full. A subscriber without a queue that has been
 * silent for too long is first doubted, and if it stays silent, removed. KEYS[1]: the topic. ARGV: envelope, most
 * messages per queue.
 */
export const sendScript = `
local queues = redis.call('SMEMBERS', KEYS[1])
for _, queue in ipairs(queues) do
  local stream = KEYS[1] .. ':' .. queue
  if redis.call('XLEN', stream) >= tonumber(ARGV[2]) then
    return redis.error_reply('queue ' .. queue .. ' holds ' .. ARGV[2] .. ' messages')
  end
end
for _, queue in ipairs(queues) do
  local stream = KEYS[1] .. ':' .. queue
  local silent = string.sub(queue, 1, 4) == 'one:' and redis.call('EXISTS', stream .. ':alive') == 0
  if silent and redis.call('EXISTS', stream .. ':doubted') == 1 then
    redis.call('DEL', stream, stream .. ':doubted')
    redis.call('SREM', KEYS[1], queue)
  else
    if silent then
      redis.call('SET', stream .. ':doubted', '1')
      redis.call('SET', stream .. ':alive', '1', 'PX', ${doubtedFor})
    end
    redis.call('XADD', stream, '*', 'e', ARGV[1])
  end
end
return #queues`;

/** Keeps a subscriber without a queue alive, and clears doubts. KEYS[1]: stream. */
export const aliveScript = `
redis.call('SET', KEYS[1] .. ':alive', '1', 'PX', ${forgottenAfter})
redis.call('DEL', KEYS[1] .. ':doubted')`;

/**
 * Creates a queue and its group unless they exist. A subscriber without a queue counts as alive from then on, or a
 * publisher in between would remove it. KEYS: topic, stream. ARGV: queue, group.
 */
export const joinScript = `
redis.call('SADD', KEYS[1], ARGV[1])
if string.sub(ARGV[1], 1, 4) == 'one:' then
  redis.call('SET', KEYS[2] .. ':alive', '1', 'PX', ${forgottenAfter})
  redis.call('DEL', KEYS[2] .. ':doubted')
end
local made = redis.pcall('XGROUP', 'CREATE', KEYS[2], ARGV[2], '0', 'MKSTREAM')
if type(made) == 'table' and made.err and not string.find(made.err, 'BUSYGROUP') then return made end
return 1`;

/** Removes a message from its stream. KEYS[1]: stream. ARGV: group, id. */
export const ackScript = `
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return redis.call('XDEL', KEYS[1], ARGV[2])`;

/** Removes a consumer, unless it has unacknowledged messages. KEYS[1]: stream. ARGV: group, consumer. */
export const leaveScript = `
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end`;
