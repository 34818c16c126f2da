-- KEYS[1] games. ARGV: match, token, number:tick, life in ms; without the last two the match is taken off the list.
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old then
  local mine = tonumber(ARGV[2])
  local other = token(string.match(old, '^%d+:(%d+):'), mine)
  if other and other > mine then return 0 end
end
if not ARGV[3] then return redis.call('HDEL', KEYS[1], ARGV[1]) end
local time = redis.call('TIME')
local expires = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[4]
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f:%s:%s', expires, ARGV[2], ARGV[3]))
return 1
