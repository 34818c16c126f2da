//! The Lua scripts: everything that must compare a token and write in one step.
//!
//! Tokens are below 2⁵³, where Lua's numbers are exact. Scripts read the clock of their node where they need
//! one. The fence is the key that decides: it is raised by [`ACQUIRE`] alone, so a token equal to it is the
//! latest ever given, also when the lease has run out meanwhile. A fence that is missing or lower means that
//! Redis lost data: then nothing is written before the lease was acquired again. A fence that is no token
//! (see [`TOKENS`]) was written by something else: nothing is written either, and [`ACQUIRE`] and [`RENEW`]
//! put it right by what their callers know.

use crate::call::Script;

/// What scripts that compare tokens begin with.
pub const TOKENS: &str = include_str!("script/tokens.lua");

/// Keys: lease, fence. Arguments: holder, life (ms), floor, life of the fence (ms).
/// Answers {1, token}, or {0, "token:holder"} of who has it.
pub(crate) static ACQUIRE: Script = Script::new(&[
    TOKENS,
    r"
local floor = tonumber(ARGV[3])
local _, _, has = held(KEYS[1], floor)
if has then return {0, has} end
local high = token(read(KEYS[2]), floor) or 0
if floor > high then high = floor end
local given = string.format('%.0f', high + 1)
redis.call('SET', KEYS[2], given, 'PX', ARGV[4])
redis.call('SET', KEYS[1], given .. ':' .. ARGV[1], 'PX', ARGV[2])
return {1, given}
",
]);

/// Keys: lease, fence. Arguments: token, life (ms), life of the fence (ms).
/// Answers {'held'}, {'missing'}, or {'lost', "token:holder"} or {'lost', token} of who has or had it.
pub(crate) static RENEW: Script = Script::new(&[
    TOKENS,
    r"
local mine = tonumber(ARGV[1])
local number, _, has = held(KEYS[1], mine)
if has then
  if number ~= ARGV[1] then return {'lost', has} end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
  return {'held'}
end
local high = token(read(KEYS[2]), mine)
if high and high > mine then return {'lost', string.format('%.0f', high)} end
return {'missing'}
",
]);

/// Keys: lease. Arguments: token. Deletes the lease if it is of this token; answers whether it did.
pub(crate) static RELEASE: Script = Script::new(&[
    TOKENS,
    r"
if held(KEYS[1], tonumber(ARGV[1])) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
",
]);

/// What the scripts on the shared log begin with. Keys: shared log, fence. Arguments: token, …
/// Answers {'missing'}, {'fenced', fence} or {'unsound', fence} unless the token is the latest ever given.
const LATEST: &str = r"
local mine = tonumber(ARGV[1])
local fence = read(KEYS[2])
if not fence then return {'missing'} end
local high = token(fence, mine)
if not high then return unsound(fence) end
if high < mine then return {'missing'} end
if high > mine then return {'fenced', fence} end
";

/// Keys and answers: see [`LATEST`]. Arguments: token, number of the first record, life of the shared log (ms),
/// records. Answers also {'ok', length}, {'gap', length}, or {'differs', number} of a record that is there
/// with other bytes.
pub(crate) static APPEND: Script = Script::new(&[
    TOKENS,
    LATEST,
    r"
local function id(number) return string.format('%.0f-0', number) end
local length = redis.call('XLEN', KEYS[1])
local first = tonumber(ARGV[2])
if length < first - 1 then return {'gap', length} end
local last = first + #ARGV - 4
if length >= first then
  local kept = redis.call('XRANGE', KEYS[1], id(first), id(math.min(last, length)))
  for number = first, math.min(last, length) do
    local entry = kept[number - first + 1]
    local same = entry and entry[1] == id(number) and #entry[2] == 2 and entry[2][2] == ARGV[number - first + 4]
    if not same then return {'differs', string.format('%.0f', number)} end
  end
end
for number = math.max(first, length + 1), last do
  redis.call('XADD', KEYS[1], id(number), 'r', ARGV[number - first + 4])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'ok', math.max(length, last)}
",
]);

/// Keys and answers: see [`LATEST`]. Arguments: token. Deletes the shared log; answers also {'ok'}.
pub(crate) static DISCARD: Script =
    Script::new(&[TOKENS, LATEST, "redis.call('DEL', KEYS[1]) return {'ok'}"]);

/// Keys: fence, and what is deleted. Arguments: token. Deletes all but the fence, which need not be sound:
/// the match is over. Answers {'ok'} or {'fenced', fence}.
pub(crate) static FORGET: Script = Script::new(&[
    TOKENS,
    r"
local mine = tonumber(ARGV[1])
local high = token(read(KEYS[1]), mine)
if high and high > mine then return {'fenced', string.format('%.0f', high)} end
redis.call('DEL', unpack(KEYS, 2))
return {'ok'}
",
]);

/// Keys: cranks. Arguments: name, matches, capacity, draining (0 or 1), life (ms).
/// A crank's value is `expiry (ms) matches capacity draining`. Those long gone are removed.
pub(crate) static ANNOUNCE: Script = Script::new(&[r"
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
"]);

/// Keys: cranks. Answers name, value, name, value, … of those whose time is not over, as [`ANNOUNCE`] wrote
/// them.
pub(crate) static CRANKS: Script = Script::new(&[r"
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
"]);
