-- KEYS[1] games. ARGV: match, token, how long after its end a line is removed in ms, number:tick, life in ms; without the
-- last two the match is taken off the list.
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old then
  local mine = tonumber(ARGV[2])
  local other = token(string.match(old, '^%d+:(%d+):'), mine)
  if other and other > mine then return 0 end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- When a match comes or goes, and not each time that a line is renewed: whoever reads the list may not write it.
if not old or not ARGV[4] then
  local lines = redis.call('HGETALL', KEYS[1])
  for at = 1, #lines, 2 do
    local expires = string.match(lines[at + 1], '^(%d+):')
    if not expires or tonumber(expires) + ARGV[3] < now then redis.call('HDEL', KEYS[1], lines[at]) end
  end
end
if not ARGV[4] then return redis.call('HDEL', KEYS[1], ARGV[1]) end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f:%s:%s', now + ARGV[5], ARGV[2], ARGV[4]))
return 1
