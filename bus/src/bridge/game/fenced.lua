-- KEYS[1] game, KEYS[2] lease, KEYS[3] fence; ARGV[1] the caller's token.
-- An objection is the highest token known, and the holder's name if it holds the lease.
local mine = tonumber(ARGV[1])
local stored = redis.call('HGET', KEYS[1], 'token')
local highest, holder = tonumber(stored or '0'), ''
local fence = tonumber(redis.call('GET', KEYS[3]) or '0')
if fence > highest then highest = fence end
local lease = redis.call('GET', KEYS[2])
if lease then
  local token, name = string.match(lease, '^(%d+):(.*)$')
  if token and tonumber(token) >= highest then highest, holder = tonumber(token), name end
end
if highest > mine then return {'refused', string.format('%.0f', highest), holder} end
