-- KEYS[1] game, KEYS[2] lease, KEYS[3] fence; ARGV[1] the caller's token.
-- An objection is the highest token known, and the holder's name if it holds the lease.
local mine = tonumber(ARGV[1])
local stored = redis.call('HGET', KEYS[1], 'token')
-- One that was never given counts for nothing: then everything is written anew.
local highest, holder = token(stored, mine) or 0, ''
local fence = read(KEYS[3])
if fence then
  local high = token(fence, mine)
  if not high then return unsound(fence) end
  if high > highest then highest = high end
end
local number, name = held(KEYS[2], mine)
if number and tonumber(number) >= highest then highest, holder = tonumber(number), name end
if highest > mine then return {'refused', string.format('%.0f', highest), holder} end
