-- KEYS[1] games. The time in ms and the list. ARGV: how long after its end a line is removed, ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lines = redis.call('HGETALL', KEYS[1])
for at = 1, #lines, 2 do
  local expires = string.match(lines[at + 1], '^(%d+):')
  if not expires or tonumber(expires) + ARGV[1] < now then redis.call('HDEL', KEYS[1], lines[at]) end
end
return {string.format('%.0f', now), lines}
