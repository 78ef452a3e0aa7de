/** The key of the set of a topic's queues; that of a queue's stream is the same, a colon, and the queue. */
export function topicKey(topic: string): string {
  return `micro:topic:${topic}`;
}

/** Milliseconds for which a subscriber without a queue is kept when it is not heard of. */
const forgottenAfter = 5 * 60 * 1000;
/** Milliseconds that it has to be heard of after that, for the server itself may have been away all the time. */
const doubtedFor = 60_000;

/**
 * Adds a message to the stream of each queue, or to none when one is full; a subscriber without a queue that has not
 * been heard of for long, nor since a publisher doubted it, is forgotten. KEYS[1]: the topic. ARGV: envelope, most
 * messages of a queue.
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

/** Keeps a subscriber without a queue, and ends doubts. KEYS[1]: stream. */
export const aliveScript = `
redis.call('SET', KEYS[1] .. ':alive', '1', 'PX', ${forgottenAfter})
redis.call('DEL', KEYS[1] .. ':doubted')`;

/**
 * Makes a queue, and its group, unless they are there. A subscriber without a queue is alive from then on: a publisher
 * in between would forget it. KEYS: topic, stream. ARGV: queue, group.
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

/** Takes a message out of its stream. KEYS[1]: stream. ARGV: group, id. */
export const ackScript = `
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return redis.call('XDEL', KEYS[1], ARGV[2])`;

/** Forgets a reader, unless messages wait for its acknowledgement. KEYS[1]: stream. ARGV: group, consumer. */
export const leaveScript = `
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end`;
