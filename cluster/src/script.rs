//! The Lua scripts: everything that must compare a token and write in one step.
//!
//! Tokens are below 2⁵³, where Lua's numbers are exact. Scripts read the clock of their node where they need one. The
//! fence is the key that decides: it is raised by [`ACQUIRE`] alone, so a token equal to it is the latest ever given,
//! also when the lease has run out meanwhile. A fence that is missing or lower means that Redis lost data: then nothing
//! is written before the lease was acquired again.

use super::call::Script;

/// Keys: lease, fence. Arguments: holder, life (ms), floor, life of the fence (ms).
/// Answers {1, token}, or {0, "token:holder"} of who has it.
pub(crate) static ACQUIRE: Script = Script::new(
    r"
local held = redis.call('GET', KEYS[1])
if held then return {0, held} end
local high = tonumber(redis.call('GET', KEYS[2]) or '0')
local floor = tonumber(ARGV[3])
if floor > high then high = floor end
local token = string.format('%.0f', high + 1)
redis.call('SET', KEYS[2], token, 'PX', ARGV[4])
redis.call('SET', KEYS[1], token .. ':' .. ARGV[1], 'PX', ARGV[2])
return {1, token}
",
);

/// Keys: lease, fence. Arguments: token, life (ms), life of the fence (ms).
/// Answers {'held'}, {'missing'}, or {'lost', "token:holder"} or {'lost', token} of who has or had it.
pub(crate) static RENEW: Script = Script::new(
    r"
local held = redis.call('GET', KEYS[1])
if held then
  if string.match(held, '^(%d+):') ~= ARGV[1] then return {'lost', held} end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
  return {'held'}
end
local high = redis.call('GET', KEYS[2])
if high and tonumber(high) > tonumber(ARGV[1]) then return {'lost', high} end
return {'missing'}
",
);

/// Keys: lease. Arguments: token. Deletes the lease if it is of this token; answers whether it did.
pub(crate) static RELEASE: Script = Script::new(
    r"
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^(%d+):') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
",
);

/// Keys: ledger, fence. Arguments: token, number of the first record, life of the ledger (ms), records.
/// Answers {'ok', length}, {'gap', length}, {'missing'} or {'fenced', fence}.
pub(crate) static APPEND: Script = Script::new(
    r"
local high = redis.call('GET', KEYS[2])
if not high or tonumber(high) < tonumber(ARGV[1]) then return {'missing'} end
if tonumber(high) > tonumber(ARGV[1]) then return {'fenced', high} end
local length = redis.call('XLEN', KEYS[1])
local first = tonumber(ARGV[2])
if length < first - 1 then return {'gap', length} end
for i = 4, #ARGV do
  local number = first + i - 4
  if number > length then
    redis.call('XADD', KEYS[1], string.format('%.0f-0', number), 'r', ARGV[i])
    length = number
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'ok', length}
",
);

/// Keys: fence, and what is deleted. Arguments: token. Deletes all but the fence. Answers {'ok'} or {'fenced', fence}.
pub(crate) static FORGET: Script = Script::new(
    r"
local high = redis.call('GET', KEYS[1])
if high and tonumber(high) > tonumber(ARGV[1]) then return {'fenced', high} end
redis.call('DEL', unpack(KEYS, 2))
return {'ok'}
",
);

/// Keys: cranks. Arguments: name, matches, capacity, draining (0 or 1), life (ms).
/// A crank's value is `expiry (ms) matches capacity draining`. Those long gone are removed.
pub(crate) static ANNOUNCE: Script = Script::new(
    r"
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local expiry = string.format('%.0f', now + tonumber(ARGV[5]))
redis.call('HSET', KEYS[1], ARGV[1], expiry .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local until_ms = tonumber(string.match(all[i + 1], '^(%d+) ') or '0')
  if until_ms + 60000 < now then redis.call('HDEL', KEYS[1], all[i]) end
end
redis.call('PEXPIRE', KEYS[1], 3600000)
return 1
",
);

/// Keys: cranks. Answers name, value, name, value, … of those whose time is not over, as [`ANNOUNCE`] wrote them.
pub(crate) static CRANKS: Script = Script::new(
    r"
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local all = redis.call('HGETALL', KEYS[1])
local alive = {}
for i = 1, #all, 2 do
  local until_ms = tonumber(string.match(all[i + 1], '^(%d+) ') or '0')
  if until_ms > now then
    alive[#alive + 1] = all[i]
    alive[#alive + 1] = all[i + 1]
  end
end
return alive
",
);
