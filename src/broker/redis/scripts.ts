/** The key of the set of a topic's queues; that of a queue's stream is the same, a colon, and the queue. */
export function topicKey(topic: string): string {
  return `micro:topic:${topic}`;
}

/**
 * Adds a message to the stream of each queue, or to none when one is full; a subscriber without a queue that has not
 * been heard of for long is forgotten. KEYS[1]: the topic. ARGV: envelope, most messages of a queue.
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
  if string.sub(queue, 1, 4) == 'one:' and redis.call('EXISTS', stream .. ':alive') == 0 then
    redis.call('DEL', stream)
    redis.call('SREM', KEYS[1], queue)
  else
    redis.call('XADD', stream, '*', 'e', ARGV[1])
  end
end
return #queues`;

/** Makes a queue, and its group, unless they are there. KEYS: topic, stream. ARGV: queue, group. */
export const joinScript = `
redis.call('SADD', KEYS[1], ARGV[1])
local made = redis.pcall('XGROUP', 'CREATE', KEYS[2], ARGV[2], '0', 'MKSTREAM')
if type(made) == 'table' and made.err and not string.find(made.err, 'BUSYGROUP') then return made end
return 1`;

/** Takes a message out of its stream. KEYS[1]: stream. ARGV: group, id. */
export const ackScript = `
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return redis.call('XDEL', KEYS[1], ARGV[2])`;

/** Forgets a reader, unless messages wait for its acknowledgement. KEYS[1]: stream. ARGV: group, consumer. */
export const leaveScript = `
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end`;
