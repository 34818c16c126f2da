-- Tokens are whole numbers, each one above the last; `near` is one that the caller knows to be right. What is not written
-- like one, or is more than 2^42 above it, was never given: nil.
local function token(text, near)
  if not text or #text > 16 or not string.match(text, '^%d+$') then return nil end
  local number = tonumber(text)
  if number > near + 4398046511104 then return nil end
  return number
end

-- What stands at a key of a string; nil if nothing does. A key of another type holds nothing that anybody could read.
local function read(key)
  local value = redis.pcall('GET', key)
  if type(value) == 'string' then return value end
  if value then return 'a key of another type' end
  return nil
end

-- Who has a lease: the token as it is written, the name, and both. Nothing when what stands there is no lease, or would
-- never run out.
local function held(key, near)
  local text = read(key)
  if not text then return nil end
  local number, name = string.match(text, '^(%d+):(.*)$')
  if not token(number, near) or redis.call('PTTL', key) < 0 then return nil end
  return number, name, text
end

-- The answer to a caller when `text` stands in place of the fence.
local function unsound(text)
  return {'unsound', string.sub(text, 1, 40)}
end
